import assert from "node:assert/strict";
import { test } from "node:test";
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

  test(`an input of a flow that is closed fails alone, and runs again as soon as that flow does (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const [near, far] = [await Sink.open(1), await Sink.open(1)];
    const [source, reader] = pair(near.address, far.address);
    const plain = { ...reader, inputs: [...reader.inputs, listen("own")] };
    await subject.engine.apply([source, plain]);
    const before = await subject.memory();

    await subject.engine.apply([plain]);
    const event = await subject.event("flow_input_unavailable");
    assert.deepEqual(
      [event.severity, event.flowId, event.inputId, event.details?.["source_flow_id"]],
      ["critical", "reader", "tap", "source"],
    );
    assert.deepEqual([subject.input("reader", "tap").state, subject.input("reader", "own").state], ["failed", "running"]);

    await subject.engine.apply([source, plain]);
    assert.equal(subject.input("reader", "tap").state, "running", "nobody waits for the next try");
    assert.equal(await subject.memory(), before);
    const peer = new Source(1, subject.address("source", "in"));
    peer.burst(10);
    await until(() => far.last === 9, "it carries again");
    far.expectUnbroken(0, 9);
    [peer, near, far].forEach((one) => one.close());
  });

  test(`when a flow dies, those that read it lose it and get it back, and live on (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const [near, far] = [await Sink.open(1), await Sink.open(1)];
    await subject.engine.apply(pair(near.address, far.address, "grenade"));
    const before = await subject.memory();

    const killer = new Source(1, subject.address("source", "in"));
    killer.say("!throw");
    await subject.event("flow_died");
    await subject.event("input_recovered");

    const peer = new Source(1, subject.address("source", "in"));
    peer.burst(10);
    await until(() => far.last === 9, "it carries again");
    assert.equal(await subject.memory(), before);
    assert.equal(subject.codes().filter((code) => code === "flow_died").length, 1, "the reader did not die with it");
    [killer, peer, near, far].forEach((one) => one.close());
  });

  test(`reader and source go in one change without a complaint, and leave no memory (${name})`, { skip }, async (t) => {
    const subject = await TestEngine.start(setup);
    t.after(() => subject.engine.stop());
    const before = await subject.memory();
    const [source, reader] = pair("127.0.0.1:9", "127.0.0.1:9");
    const own = { ...reader, inputs: [listen("own"), ...reader.inputs], active: "own" };
    const alone = { ...own, inputs: [listen("own")] };
    for (const after of [[], [alone]]) {
      await subject.engine.apply([source, own]);
      await subject.engine.apply(after);
      await subject.engine.apply([]);
      assert.equal(await subject.memory(), before);
    }
    assert.ok(!subject.codes().includes("flow_input_unavailable"), subject.codes().join());
  });
}
