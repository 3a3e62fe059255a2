import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Sink, Source, until } from "./peers.ts";
import { CROSSINGS, flow, listen, read, send, TestEngine } from "./test-engine.ts";

const descriptors = (): number => readdirSync("/proc/self/fd").length;

for (const setup of CROSSINGS) {
  const { name, skip } = setup;

  for (const whose of ["source", "reader"] as const) {
    test(`when the lane of a ${whose} ends, reading goes on as soon as both are back (${name})`, { skip }, async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const far = await Sink.open(1);
      const grenade = listen("grenade", "127.0.0.1:0", "grenade");
      await subject.engine.apply([
        flow("source", { inputs: [listen("in"), grenade] }),
        flow("reader", { inputs: [read("tap", "source"), grenade], outputs: [send("o", far.address)] }),
      ]);
      const killer = new Source(1, subject.address(whose, "grenade"));

      killer.say("!end-the-thread");
      await subject.event("lane_crashed");
      const starts = (): number => subject.events.filter(({ code, flowId }) => code === "flow_started" && flowId === whose).length;
      await until(() => starts() === 2, "its flow is started again");
      await until(
        () =>
          subject.engine
            .snapshot()
            .flows.every(({ state, inputs }) => state === "running" && inputs.every((input) => input.state === "running")),
        () => JSON.stringify(subject.engine.snapshot().flows),
      );

      const peer = new Source(1, subject.address("source", "in"));
      // An input that runs again is open a moment before it is on the bus.
      const isHeard = (): boolean => {
        if (far.last < 0) {
          peer.burst(1);
        }
        return far.last >= 0;
      };
      await until(isHeard, "the first arrives");
      for (let burst = 0; burst < 20; burst++) {
        peer.burst(5);
        await until(
          () => far.last === peer.next - 1,
          () => `${far.last} of ${peer.next} arrived`,
        );
      }
      far.expectUnbroken();
      [killer, peer, far].forEach((one) => one.close());
    });
  }

  test(`a hundred readers that came and went leave no descriptor and no memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const source = flow("source", { inputs: [listen("in")] });
    await subject.engine.apply([source]);
    const before = { memory: await subject.memory(), descriptors: descriptors() };
    for (let i = 0; i < 50; i++) {
      await subject.engine.apply([
        source,
        flow("reader", { inputs: [read("one", "source"), read("two", "source")], outputs: [send("o", "127.0.0.1:9")] }),
      ]);
      await subject.engine.apply(i % 2 === 0 ? [source] : [source, flow("reader", { inputs: [listen("own")] })]);
      await subject.engine.apply([source]);
    }
    assert.equal(await subject.memory(), before.memory);
    await until(
      () => descriptors() <= before.descriptors,
      () => `${descriptors()} descriptors are open, ${before.descriptors} were`,
    );
  });
}
