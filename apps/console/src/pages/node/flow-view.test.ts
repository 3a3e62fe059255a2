import assert from "node:assert/strict";
import { test } from "node:test";
import { readFlows, readHealth, stateOfFlow, stateOfPart } from "./flow-view.ts";

const FLOW = {
  flow_id: "f1",
  flow_name: "World feed",
  state: "degraded",
  health: "Warning",
  health_reasons: [{ code: "loss", severity: "Warning", detail: "Loss" }],
  active_input_id: "a",
  inputs_live: [
    {
      input_id: "a",
      input_type: "srt",
      state: "receiving",
      packets_received: 990,
      packets_lost: 10,
      bitrate_bps: 5,
      srt_stats: { rtt_ms: 38 },
    },
    { input_id: "b", input_type: "rtp", state: "idle" },
    { odd: true },
  ],
  outputs: [
    { output_id: "o", output_name: "MCR", output_type: "udp", state: "failed", error: { code: "udp_output_failed", message: "No route." } },
  ],
};

test("a flow is found as a row and inside the whole statistics, once", () => {
  const flows = readFlows([FLOW, { stats: { flows: [FLOW, null, 5] } }, "odd", null]);

  assert.deepEqual(
    flows.map(({ id }) => id),
    ["f1"],
  );
});

test("its parts say what they carry and lose", () => {
  const [flow] = readFlows([FLOW]);
  assert.ok(flow !== undefined);

  assert.deepEqual(
    flow.inputs.map(({ id, isActive, lossPercent, rttMs }) => ({ id, isActive, lossPercent, rttMs })),
    [
      { id: "a", isActive: true, lossPercent: 1, rttMs: 38 },
      { id: "b", isActive: false, lossPercent: undefined, rttMs: undefined },
    ],
  );
  assert.equal(flow.outputs[0]?.error?.code, "udp_output_failed");
  assert.deepEqual(
    [stateOfFlow(flow), ...flow.inputs.map(stateOfPart), ...flow.outputs.map(stateOfPart)],
    ["warning", "good", "off", "critical"],
  );
});

test("a node that sends other things than an edge is read as far as it goes", () => {
  assert.deepEqual(readFlows([{ flows: {} }, { flow_id: 5 }]), []);
  const [bare] = readFlows([{ flow_id: "x" }]);
  assert.deepEqual([bare?.name, bare?.state, bare?.inputs, bare?.outputs], ["x", "", [], []]);
  assert.equal(readHealth([{ health: { a: 1 } }])?.["a"], 1);
  assert.equal(readHealth([{}]), undefined);
});
