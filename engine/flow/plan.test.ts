import assert from "node:assert/strict";
import { test } from "node:test";
import { plan } from "./plan.ts";
import type { FlowSpec, PartSpec } from "./spec.ts";

/** An input or output that takes the local port, or none when it is 0. */
const part = (id: string, port = 0, dscp = 46): PartSpec => ({ id, kind: "udp", config: { port, dscp } });

const flow = (id: string, parts: Partial<FlowSpec> = {}): FlowSpec => ({
  id,
  bus: { bytes: 2 ** 20, packets: 1024 },
  queue: 512,
  inputs: [part(`${id}-in`)],
  active: `${id}-in`,
  outputs: [part(`${id}-out`)],
  ...parts,
});

const claimsOf = ({ config }: PartSpec): string[] => (config["port"] === 0 ? [] : [`udp:${String(config["port"])}`]);

const words = (current: FlowSpec[], desired: FlowSpec[]): string[] =>
  plan(current, desired, claimsOf).map((step) => {
    switch (step.do) {
      case "openFlow":
        return `open ${step.flow.id}`;
      case "closeFlow":
        return `close ${step.flowId}`;
      case "limitBandwidth":
        return `${step.flowId}: ${step.bandwidth === undefined ? "no limit" : `at most ${step.bandwidth.maxBitrate}`}`;
      case "setAnalysis":
        return `${step.flowId}: look for ${
          Object.entries(step.analysis ?? {})
            .flatMap(([name, on]) => (on ? [name] : []))
            .join(" and ") || "programs"
        }`;
      case "switchInput":
        return `${step.flowId}: switch to ${step.inputId}`;
      case "addPart":
        return `${step.flowId}: add ${step.direction} ${step.part.id}`;
      case "removePart":
        return `${step.flowId}: remove ${step.direction} ${step.partId}`;
      case "replacePart":
        return `${step.flowId}: replace ${step.direction} ${step.part.id}${step.overlap ? "" : ", the old one first"}`;
    }
  });

test("nothing that is as it should be is touched", () => {
  assert.deepEqual(words([flow("a"), flow("b")], [flow("b"), flow("a")]), []);
});

test("another flow comes and goes by itself", () => {
  assert.deepEqual(words([flow("a")], [flow("a"), flow("b")]), ["open b"]);
  assert.deepEqual(words([flow("a"), flow("b")], [flow("b")]), ["close a"]);
});

test("an output that changes is replaced without a gap, and nothing else is touched", () => {
  assert.deepEqual(words([flow("a")], [flow("a", { outputs: [part("a-out", 0, 0)] })]), ["a: replace output a-out"]);
});

test("an output that changes and keeps its port has to close first", () => {
  const before = flow("a", { outputs: [part("o", 6000)] });
  const after = flow("a", { outputs: [part("o", 6000, 0)] });

  assert.deepEqual(words([before], [after]), ["a: replace output o, the old one first"]);
});

test("a standby input that changes leaves the active one on the bus", () => {
  const before = flow("a", { inputs: [part("main", 5000), part("spare", 5001)], active: "main" });
  const after = flow("a", { inputs: [part("main", 5000), part("spare", 5002)], active: "main" });

  assert.deepEqual(words([before], [after]), ["a: replace input spare"]);
});

test("what comes is opened, and switched to, before anything goes", () => {
  const before = [flow("a"), flow("gone")];
  const after = [flow("a", { inputs: [part("next")], active: "next", outputs: [part("x")] }), flow("b")];

  assert.deepEqual(words(before, after), [
    "a: add input next",
    "a: add output x",
    "open b",
    "a: switch to next",
    "close gone",
    "a: remove input a-in",
    "a: remove output a-out",
  ]);
});

test("a port can move from one flow to another in one change: its old owner goes first", () => {
  const before = [flow("a"), flow("b", { outputs: [part("x", 6000)] })];
  const after = [flow("a", { outputs: [part("a-out"), part("y", 6000), part("z", 6001)] }), flow("b", { outputs: [] })];

  assert.deepEqual(words(before, after), ["a: add output z", "b: remove output x", "a: add output y"]);
});

test("an input that waits for its port is switched to when it is there", () => {
  const before = flow("a", { inputs: [part("one", 5000)], active: "one" });
  const after = flow("a", { inputs: [part("two", 5000)], active: "two" });

  assert.deepEqual(words([before], [after]), ["a: remove input one", "a: add input two", "a: switch to two"]);
});

test("a flow whose bus changes its size is closed and opened anew", () => {
  assert.deepEqual(words([flow("a")], [flow("a", { queue: 100 })]), ["close a", "open a"]);
});

test("the order of keys and absent optional fields make no difference", () => {
  const before = flow("a", { outputs: [{ id: "o", kind: "udp", config: { port: 0, dscp: 46, peers: [{ x: 1, y: 2 }] } }] });
  const after = flow("a", {
    outputs: [{ id: "o", kind: "udp", config: { peers: [{ y: 2, x: 1 }], dscp: 46, port: 0, bind_addr: undefined } }],
  });

  assert.deepEqual(words([before], [after]), []);
});

test("another bandwidth limit, or none, changes nothing else of a flow", () => {
  const bandwidth = { maxBitrate: 1e6, action: "block", graceUs: 1e6 } as const;
  assert.deepEqual(words([flow("a")], [{ ...flow("a"), bandwidth }]), ["a: at most 1000000"]);
  assert.deepEqual(words([{ ...flow("a"), bandwidth }], [{ ...flow("a"), bandwidth: { ...bandwidth } }]), []);
  assert.deepEqual(words([{ ...flow("a"), bandwidth }], [flow("a")]), ["a: no limit"]);
});

const tap = (id: string, flowId: string): PartSpec => ({ id, kind: "flow", config: { flow_id: flowId } });

test("a flow that reads another is opened behind it and closed before it, whatever their order", () => {
  const [source, reader, third] = [flow("s"), flow("r", { inputs: [tap("t", "s")] }), flow("x", { inputs: [tap("t", "r")] })];
  assert.deepEqual(words([], [third, reader, source]), ["open s", "open r", "open x"]);
  assert.deepEqual(words([source, reader, third], []), ["close x", "close r", "close s"]);
});

test("a flow waits for the one that it reads, when that waits for a port", () => {
  const old = flow("old", { inputs: [part("in", 6000)], active: "in" });
  const source = flow("s", { inputs: [part("in", 6000)], active: "in" });
  assert.deepEqual(words([old], [flow("r", { inputs: [tap("t", "s")], active: "t" }), source]), ["close old", "open s", "open r"]);
});

test("an input that begins to read a flow comes behind its opening, and one that ends goes before its closing", () => {
  const before = flow("r");
  const after = flow("r", { inputs: [...before.inputs, tap("t", "s")], active: "t" });
  assert.deepEqual(words([before], [after, flow("s")]), ["open s", "r: add input t", "r: switch to t"]);
  assert.deepEqual(words([after, flow("s")], [before]), ["r: switch to r-in", "r: remove input t", "close s"]);
});

test("flows that read each other in a circle are planned all the same: the engine refuses them", () => {
  assert.deepEqual(words([], [flow("a", { inputs: [tap("t", "b")] }), flow("b", { inputs: [tap("t", "a")] })]).toSorted(), [
    "open a",
    "open b",
  ]);
});
