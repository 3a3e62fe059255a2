import assert from "node:assert/strict";
import { test } from "node:test";
import { plan } from "./plan.ts";
import type { FlowSpec, PartSpec } from "./spec.ts";

const part = (id: string, port = 5000): PartSpec => ({ id, kind: "udp", config: { bind_addr: `127.0.0.1:${port}` } });

const flow = (id: string, parts: Partial<FlowSpec> = {}): FlowSpec => ({
  id,
  bus: { bytes: 2 ** 20, packets: 1024 },
  queue: 512,
  inputs: [part(`${id}-in`)],
  active: `${id}-in`,
  outputs: [part(`${id}-out`)],
  ...parts,
});

const words = (current: FlowSpec[], desired: FlowSpec[]): string[] =>
  plan(current, desired).map((step) => {
    switch (step.do) {
      case "openFlow":
        return `open ${step.flow.id}`;
      case "closeFlow":
        return `close ${step.flowId}`;
      case "switchInput":
        return `${step.flowId}: switch to ${step.inputId}`;
      case "addInput":
      case "addOutput":
        return `${step.flowId}: ${step.do} ${step.part.id}`;
      default:
        return `${step.flowId}: ${step.do} ${step.partId}`;
    }
  });

test("nothing that is as it should be is touched", () => {
  assert.deepEqual(words([flow("a"), flow("b")], [flow("b"), flow("a")]), []);
});

test("another flow comes and goes by itself", () => {
  assert.deepEqual(words([flow("a")], [flow("a"), flow("b")]), ["open b"]);
  assert.deepEqual(words([flow("a"), flow("b")], [flow("b")]), ["close a"]);
});

test("an output that changes is removed and added, and nothing else", () => {
  assert.deepEqual(words([flow("a")], [flow("a", { outputs: [part("a-out", 5001)] })]), ["a: removeOutput a-out", "a: addOutput a-out"]);
});

test("a standby input that changes leaves the active one on the bus", () => {
  const before = flow("a", { inputs: [part("main"), part("spare")], active: "main" });
  const after = flow("a", { inputs: [part("main"), part("spare", 5002)], active: "main" });

  assert.deepEqual(words([before], [after]), ["a: removeInput spare", "a: addInput spare"]);
});

test("the active input, when it changes, is put back on the bus", () => {
  const after = flow("a", { inputs: [part("a-in", 5009)] });

  assert.deepEqual(words([flow("a")], [after]), ["a: removeInput a-in", "a: addInput a-in", "a: switch to a-in"]);
});

test("an address can move from one flow to another in one change: all that goes, goes first", () => {
  const before = [flow("a"), flow("b", { outputs: [part("x", 6000)] })];
  const after = [flow("a", { outputs: [part("a-out"), part("x", 6000)] }), flow("b", { outputs: [] })];

  assert.deepEqual(words(before, after), ["b: removeOutput x", "a: addOutput x"]);
});

test("a flow whose bus changes its size is opened anew", () => {
  assert.deepEqual(words([flow("a")], [flow("a", { queue: 100 })]), ["close a", "open a"]);
});

test("the order of keys and absent optional fields make no difference", () => {
  const before = flow("a", { outputs: [{ id: "o", kind: "udp", config: { dest_addr: "1.2.3.4:5", dscp: 46 } }] });
  const after = flow("a", { outputs: [{ id: "o", kind: "udp", config: { dscp: 46, dest_addr: "1.2.3.4:5", bind_addr: undefined } }] });

  assert.deepEqual(words([before], [after]), []);
});

test("a plan and the plan back cancel out", () => {
  const before = [flow("a"), flow("b", { inputs: [part("m"), part("s")], active: "m" })];
  const after = [flow("b", { inputs: [part("m"), part("t")], active: "t" }), flow("c")];

  assert.deepEqual(words(before, after), ["close a", "b: removeInput s", "b: addInput t", "b: switch to t", "open c"]);
  assert.deepEqual(words(after, before), ["close c", "b: removeInput t", "b: addInput s", "b: switch to m", "open a"]);
});
