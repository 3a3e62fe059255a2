import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import type { FlowSpec } from "../spec.ts";
import { Sink, Source, until } from "./peers.ts";
import { CROSSINGS, flow, listen, read, send, TestEngine } from "./test-engine.ts";

/** Two flows, the second of which reads the first: on two lanes, they are on different ones. */
const pair = (to: string, onward: string, kind = "plain"): [source: FlowSpec, reader: FlowSpec] => [
  flow("source", { inputs: [listen("in", "127.0.0.1:0", kind)], outputs: [send("o", to)] }),
  flow("reader", { inputs: [read("tap", "source")], outputs: [send("o", onward)] }),
];

for (const setup of CROSSINGS) {
  const { name, skip } = setup;

  test(`a flow that reads another gets its packets whole, in order and once, and counts them (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const [near, far] = [await Sink.open(1), await Sink.open(1)];
    const [source, reader] = pair(near.address, far.address);
    // Named in the wrong order: a flow is opened behind the one that it reads.
    await subject.engine.apply([reader, source]);
    assert.equal(subject.flow("reader").lane === subject.flow("source").lane, setup.lanes === 1);
    const peer = new Source(1, subject.address("source", "in"));

    for (let burst = 0; burst < 100; burst++) {
      peer.burst(20);
      await until(
        () => far.last === peer.next - 1,
        () => `${far.last} of ${peer.next} arrived`,
      );
    }

    near.expectUnbroken(0, 1_999);
    far.expectUnbroken(0, 1_999);
    const { counters } = subject.input("reader", "tap");
    assert.deepEqual([counters["packetsReceived"], counters["packetsLost"], counters["unitsPublished"]], [2_000, 0, 2_000]);
    [peer, near, far].forEach((one) => one.close());
  });

  test(`a reader that dies takes nobody with it, and reads on when it is back (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const [near, far] = [await Sink.open(1), await Sink.open(1)];
    const [source, reader] = pair(near.address, far.address);
    await subject.engine.apply([source, { ...reader, outputs: [send("o", far.address, undefined, "grenade")] }]);
    const peer = new Source(1, subject.address("source", "in"));

    peer.say("!emit");
    const event = await subject.event("flow_died");
    assert.equal(event.flowId, "reader");
    await until(() => subject.flow("reader").state === "running" && subject.input("reader", "tap").state === "running", "it is back");

    peer.burst(10);
    await until(() => far.last === 9 && near.last === 9, "both carry");
    assert.equal(near.others.length, 1, "the source sent on also what killed its reader");
    near.others.length = 0;
    near.expectUnbroken(0, 9);
    [peer, near, far].forEach((one) => one.close());
  });

  test(
    `a flow cannot read itself, in a circle or one that is not there: the change is refused and names the input (${name})`,
    { skip },
    async (t) => {
      const subject = await TestEngine.start(setup);
      t.after(() => subject.engine.stop());
      const refused = async (desired: FlowSpec[], code: string, flowId: string): Promise<void> => {
        await assert.rejects(subject.engine.apply(desired), (error) => {
          assert.ok(isFault(error));
          assert.deepEqual([error.code, error.details["flow_id"], error.details["input_id"]], [code, flowId, "tap"]);
          return true;
        });
        assert.deepEqual(subject.engine.snapshot().flows, []);
      };
      await refused([flow("a", { inputs: [read("tap", "a")] })], "flow_input_circular", "a");
      await refused([flow("a", { inputs: [read("tap", "nobody")] })], "flow_input_unavailable", "a");
      await refused([flow("a", { inputs: [read("tap", "b")] }), flow("b", { inputs: [read("tap", "a")] })], "flow_input_unavailable", "b");

      const [a, b] = [flow("a", { inputs: [listen("in")] }), flow("b", { inputs: [read("tap", "a")] })];
      await subject.engine.apply([a, b]);
      await assert.rejects(subject.engine.apply([{ ...a, inputs: [...a.inputs, read("tap", "b")] }, b]), { code: "flow_input_circular" });
    },
  );
}
