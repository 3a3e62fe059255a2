import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "./test-api.ts";
import { wireInput } from "./test-declarations.ts";

test("an answer that does not fit the contract is a fault of ours that names the field, and not its value", async (t) => {
  const api = await testApi(t, {
    config: { inputs: [wireInput("in", 5000)], flows: [{ id: "f", name: "F", input_ids: ["in"] }] },
  });
  const snapshot = api.engine.snapshot.bind(api.engine);
  api.engine.snapshot = () => {
    const whole = snapshot();
    const flows = whole.flows.map((flow) => ({
      ...flow,
      inputs: flow.inputs.map((input) => ({ ...input, counters: { ...input.counters, packetsLost: -123_456 } })),
    }));
    return { ...whole, flows };
  };

  const { status, body } = await api.call("GET", "/api/v1/stats/f");

  assert.deepEqual([status, body.error_code, body.field], [500, "internal", "data.input.packets_lost"]);
  assert.ok((body["problems"] as { field: string }[]).some(({ field }) => field === "data.inputs_live.0.packets_lost"));
  assert.doesNotMatch(JSON.stringify(body), /123456/);
});
