import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowSummary, NodeSummary } from "../../drivers/driver.ts";
import { packStep, unpackStep, type NodeStep } from "../packed-row.ts";
import { mergeSteps, StepSums } from "../step-sums.ts";

const STEP: NodeStep = {
  cpuPercent: 12.34,
  ramPercent: null,
  flows: [
    {
      flowId: "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
      bitrateIn: 8_000_000,
      bitrateOut: 16_000_000,
      packetsLost: 3,
      rttMs: 21.5,
      health: 2,
    },
    { flowId: "Äpfel/1", bitrateIn: null, bitrateOut: 0, packetsLost: null, rttMs: null, health: null },
  ],
};

test("a step comes out of a row as it went in", () => {
  assert.deepEqual(unpackStep(packStep(STEP)), STEP);
});

test("a flow by a UUID takes 35 bytes", () => {
  const [flow] = STEP.flows;
  assert.ok(flow !== undefined);
  const length = (flows: NodeStep["flows"]): number => packStep({ ...STEP, flows }).length;

  assert.equal(length([flow, flow]) - length([flow]), 35);
});

test("a row of another version or that is cut short is not known", () => {
  const body = packStep(STEP);
  const newer = Buffer.from(body);
  newer[0] = 2;

  assert.equal(unpackStep(newer), undefined);
  for (let length = 0; length < body.length; length++) {
    assert.equal(unpackStep(body.subarray(0, length)), undefined, `${length} bytes`);
  }
});

const flow = (fields: Partial<FlowSummary>): FlowSummary => ({
  flow_id: "f",
  name: "f",
  state: "running",
  health: null,
  bitrate_in_bps: null,
  bitrate_out_bps: null,
  packets_received: null,
  packets_lost: null,
  rtt_ms: null,
  active_input_id: null,
  ...fields,
});
const node = (...flows: FlowSummary[]): NodeSummary => ({
  uptime_secs: 1,
  cpu_percent: 50,
  ram_percent: null,
  active_flows: 1,
  total_flows: 1,
  flows,
  metrics: [],
});

test("a step has the means, what was lost in it, and the worst health", () => {
  const sums = new StepSums();
  sums.add(node(flow({ bitrate_in_bps: 10, packets_lost: 100, health: "Healthy" })));
  sums.add(node(flow({ bitrate_in_bps: 20, packets_lost: 104, health: "Critical", rtt_ms: 5 })));
  sums.add(node(flow({ bitrate_in_bps: null, packets_lost: 2, health: "Warning" })));
  const first = sums.take();
  sums.add(node(flow({ packets_lost: 5 })));
  const second = sums.take();

  assert.deepEqual(first, {
    cpuPercent: 50,
    ramPercent: null,
    flows: [{ flowId: "f", bitrateIn: 15, bitrateOut: null, packetsLost: 6, rttMs: 5, health: 3 }],
  });
  assert.equal(second?.flows[0]?.packetsLost, 3);
  assert.equal(sums.take(), undefined);
});

test("steps become a long one by the same rules", () => {
  const step = (bitrateIn: number | null, packetsLost: number | null, health: number | null): NodeStep => ({
    cpuPercent: 10,
    ramPercent: null,
    flows: [{ flowId: "f", bitrateIn, bitrateOut: null, packetsLost, rttMs: null, health }],
  });

  assert.deepEqual(mergeSteps([step(10, 1, 0), step(null, null, null), step(30, 2, 3)]), {
    cpuPercent: 10,
    ramPercent: null,
    flows: [{ flowId: "f", bitrateIn: 20, bitrateOut: null, packetsLost: 3, rttMs: null, health: 3 }],
  });
});
