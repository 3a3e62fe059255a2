import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartSpec } from "../spec.ts";
import { Sink, Source, until } from "./peers.ts";
import { flow, listen, send, SETUPS, TestEngine } from "./test-engine.ts";

const doomed = (to: string): ReturnType<typeof flow> =>
  flow("doomed", { inputs: [listen("in", "127.0.0.1:0", "grenade")], outputs: [send("o", to, undefined, "grenade")] });

for (const setup of SETUPS) {
  const { name, skip } = setup;

  test(`a flow that dies fifty times gives all its memory back (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(3);
    const before = await subject.memory();
    for (let i = 0; i < 50; i++) {
      // Opened by hand, since the supervisor waits ever longer.
      await subject.engine.apply([doomed(sink.address)]);
      const source = new Source(1, subject.address("doomed", "in"));
      source.say(i % 2 === 0 ? "!throw" : "!emit");
      await subject.event("flow_died", i + 1);
      source.close();
      await subject.engine.apply([]);
    }
    assert.equal(await subject.memory(), before);
    sink.close();
  });

  test(`a part that fails to close is gone all the same, with its port and its memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(1);
    const before = await subject.memory();
    const other = flow("other", { inputs: [listen("in")], outputs: [send("o", sink.address)] });
    await subject.engine.apply([other]);
    const alone = await subject.memory();
    assert.ok(alone > before);
    const bad: PartSpec = listen("bad", "127.0.0.1:0", "grenade");
    await subject.engine.apply([other, flow("doomed", { inputs: [bad], outputs: [send("o", sink.address)] })]);
    const address = subject.address("doomed", "bad");
    const source = new Source(1, address);
    source.say("!close-badly");
    await until(() => subject.input("doomed", "bad").counters["packetsReceived"] === 1, "it was told");

    await subject.engine.apply([other]);

    assert.deepEqual(
      subject.engine.snapshot().flows.map(({ id }) => id),
      ["other"],
    );
    await subject.engine.apply([other, flow("heir", { inputs: [listen("in", address)] })]);
    await subject.engine.apply([other]);
    assert.equal(await subject.memory(), alone);
    source.close();
    sink.close();
  });

  test(`a lane whose thread ends is started again with its flows, on the ports that they had asked for (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const sink = await Sink.open(1);
    const gone = await Sink.open(1);
    const free = gone.address;
    gone.close();
    await subject.engine.apply([
      flow("f", { inputs: [listen("in", free), listen("grenade", "127.0.0.1:0", "grenade")], outputs: [send("o", sink.address)] }),
    ]);
    const source = new Source(1, subject.address("f", "grenade"));
    source.say("!end-the-thread");
    await subject.event("lane_crashed");
    const runs = (): boolean =>
      subject.engine
        .snapshot()
        .flows.some(({ state, inputs }) => state === "running" && inputs.every((input) => input.state === "running"));
    await until(runs, () => JSON.stringify(subject.engine.snapshot().flows));

    const carried = new Source(1, free);
    carried.burst(5);
    await until(() => sink.last === 4, "the flow carries again");
    sink.expectUnbroken(0, 4);
    source.close();
    carried.close();
    sink.close();
  });
}
