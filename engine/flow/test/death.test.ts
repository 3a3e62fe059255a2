import assert from "node:assert/strict";
import { test } from "node:test";
import { Sink, Source, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";

const doomed = (to: string): ReturnType<typeof flow> =>
  flow("doomed", { inputs: [listen("in", "127.0.0.1:0", "grenade")], outputs: [send("o", to, undefined, "grenade")] });

/** Says it to the input of the flow, and waits until the flow died and runs again. */
const kill = async (subject: TestEngine, word: string): Promise<void> => {
  const deaths = subject.codes().filter((code) => code === "flow_died").length;
  const source = new Source(1, subject.address("doomed", "in"));
  source.say(word);
  const event = await subject.event("flow_died", deaths + 1);
  assert.deepEqual([event.severity, event.flowId], ["critical", "doomed"]);
  await until(() => subject.flow("doomed").state === "running", "it runs again");
  source.close();
};

for (const setup of SETUPS) {
  const { name, skip } = setup;

  for (const [what, word] of [
    ["machine throws", "!throw"],
    ["packetizer throws", "!emit"],
    ["machine throws something that is no error", "!throw-nothing"],
    ["machine throws, and fails again when it is closed", "!throw-and-close-badly"],
  ] as const) {
    test(`a flow whose ${what} ends alone and is started again, and the others lose nothing (${name})`, { skip }, async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const healthy = [await Sink.open(1), await Sink.open(2)];
      const sick = await Sink.open(3);
      await subject.engine.apply([
        ...healthy.map((sink, i) => flow(`healthy-${i}`, { inputs: [listen("in")], outputs: [send("o", sink.address)] })),
        doomed(sick.address),
      ]);
      const sources = healthy.map((_, i) => new Source(i + 1, subject.address(`healthy-${i}`, "in")).start());

      await kill(subject, word);

      sources.forEach((source) => source.stop());
      await until(() => healthy.every((sink, i) => sink.last === (sources[i]?.next ?? 0) - 1), "all arrived");
      healthy.forEach((sink) => sink.expectUnbroken(0));
      assert.ok(!subject.codes().includes("lane_crashed"), subject.codes().join());
      assert.equal(
        subject.engine.snapshot().lanes.reduce((sum, lane) => sum + (lane.counters["faults"] ?? 0), 0),
        // A part that fails to close is an error of its own.
        word === "!throw-and-close-badly" ? 2 : 1,
      );

      const revived = new Source(3, subject.address("doomed", "in"));
      revived.burst(5);
      await until(() => sick.last === 4, "the flow carries again");
      [...sources, ...healthy, sick, revived].forEach((peer) => peer.close());
    });
  }
}
