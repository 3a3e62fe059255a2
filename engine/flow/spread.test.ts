import assert from "node:assert/strict";
import { test } from "node:test";
import { counter, gauge } from "@bilbycast/engine/transport/declare";
import type { EngineEvent, FlowSnapshot, FlowSpec, PartSnapshot, PartSpec } from "./spec.ts";
import { eventOfWhole, ownerOf, shareOf, spread } from "./spread.ts";
import { wholeFlows } from "./whole-snapshot.ts";

const part = (id: string, lanes = 1): PartSpec => ({ id, kind: "udp", config: { lanes } });

const flow = (id: string, outputs: PartSpec[]): FlowSpec => ({
  ...{ id, bus: { bytes: 2 ** 20, packets: 1_024 }, queue: 512, inputs: [part("in")], active: "in" },
  bandwidth: { maxBitrate: 1, action: "alarm", graceUs: 0 },
  outputs,
});

const lanesOf = ({ config }: PartSpec): number => Number(config["lanes"]);

test("flows whose outputs are on one lane stay as they are", () => {
  const flows = [flow("a", [part("o"), part("p")]), flow("b", [])];
  assert.deepEqual(spread(flows, lanesOf), flows);
});

test("for each further lane of an output there is a flow that reads the first one and has that output", () => {
  const [whole, second, third, ...more] = spread([flow("a/b", [part("o", 3), part("p")])], lanesOf);

  assert.deepEqual(whole?.outputs, [{ ...part("o", 3), share: { index: 0, count: 3 } }, part("p")]);
  assert.deepEqual(
    [second, third].map((one) => shareOf(one?.id ?? "")),
    [1, 2].map((index) => ({ flowId: "a/b", outputId: "o", index })),
  );
  assert.deepEqual(second?.inputs, [{ id: "source", kind: "flow", config: { flow_id: "a/b" } }]);
  assert.deepEqual(third?.outputs, [{ ...part("o", 3), share: { index: 2, count: 3 } }]);
  assert.equal(second?.bandwidth, undefined);
  assert.deepEqual(more, []);
});

test("whatever flows and outputs are called, they are told apart", () => {
  const ids = ["1 2 3", "a share of 1 1 ab", "\n", "0", "x".repeat(64)];
  const names = ids.flatMap((id) => ids.map((output) => spread([flow(id, [part(output, 2)])], lanesOf)[1]?.id ?? ""));

  assert.equal(new Set(names).size, ids.length ** 2);
  assert.deepEqual(
    names.map((name) => [shareOf(name)?.flowId, shareOf(name)?.outputId]),
    ids.flatMap((id) => ids.map((output) => [id, output])),
  );
  assert.deepEqual(ids.map(ownerOf), ids);
});

test("of the flows that were added people hear what is about their output, by the name that they gave it", () => {
  const [, added] = spread([flow("f", [part("o", 2)])], lanesOf);
  const event = (code: string, rest: Partial<EngineEvent> = {}): EngineEvent => ({
    ...{ severity: "info", category: "flow", code, message: `Flow ${added?.id} does.`, flowId: added?.id ?? "" },
    ...rest,
  });

  assert.equal(eventOfWhole(event("flow_started")), undefined);
  assert.equal(eventOfWhole(event("packets_lost", { inputId: "source" })), undefined);
  assert.deepEqual(eventOfWhole(event("flow_died")), { ...event("flow_died"), flowId: "f", outputId: "o", message: "Flow f does." });
  const own = { ...event("flow_started"), flowId: "f" };
  assert.equal(eventOfWhole(own), own);
});

const partState = (id: string, state: PartSnapshot["state"], counters: Record<string, number>): PartSnapshot => ({
  ...{ id, kind: "k", state, counters },
  ...(state === "failed" ? { error: { code: "lane_ended", message: "It has ended." } } : {}),
});

const snapshot = (id: string, output: PartSnapshot, lost = 0): FlowSnapshot => ({
  ...{ id, state: "running", startedAtMs: 0, lane: 0 },
  inputs: [partState("in", "running", { packetsLost: lost })],
  outputs: [output],
});

const STATS = {
  sent: counter("packets", "Sent."),
  rtt: gauge("microseconds", "Round trip."),
  open: { ...gauge("connections", "Open."), overLanes: "sum" },
  packetsDropped: { ...counter("packets", "Dropped."), overLanes: "most" },
} as const;

test("an output on several lanes counts what it counts on all of them, and runs when it runs on each", () => {
  const [, { id } = { id: "" }] = spread([flow("f", [part("o", 2)])], lanesOf);
  const first = snapshot("f", partState("o", "running", { sent: 5, rtt: 300, open: 2, packetsDropped: 4 }));
  const counters = { sent: 7, rtt: 100, open: 1, packetsDropped: 2 };
  const whole = (state: PartSnapshot["state"]): PartSnapshot | undefined =>
    wholeFlows([first, snapshot(id, partState("o", state, counters), 3)], (_, name) => STATS[name as keyof typeof STATS])[0]?.outputs[0];

  assert.deepEqual(whole("running")?.counters, { sent: 12, rtt: 300, open: 3, packetsDropped: 5 });
  assert.equal(whole("running")?.state, "running");
  assert.deepEqual([whole("failed")?.state, whole("failed")?.error?.code], ["failed", "lane_ended"]);
});
