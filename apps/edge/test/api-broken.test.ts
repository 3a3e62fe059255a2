import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, guarded, tokenOf } from "./api-clients.ts";
import { testApi } from "./test-api.ts";
import { wireInput, wireOutput } from "./test-declarations.ts";

const CONFIG = {
  inputs: [wireInput("wrong", 99_999), wireInput("right", 5000)],
  outputs: [wireOutput("loud", { dscp: 99 }), wireOutput("o", { note: "kept" })],
  flows: [
    { id: "bad", name: "Bad one", input_ids: ["nothing"] },
    { id: "good", name: "Good", input_ids: ["right"], output_ids: ["o"] },
  ],
};

test("what is broken in the file is shown as failed with its reason, while the rest runs and reads as it is", async (t) => {
  const api = await testApi(t, { config: CONFIG });

  const health = await api.call("GET", "/health");
  const stats = (await api.call("GET", "/api/v1/stats")).body.data as {
    flows: { flow_id: string; state: string; error?: { message: string } }[];
  };
  const list = (await api.call("GET", "/api/v1/flows")).body.data as { flows: { id: string; name: string; state: string }[] };

  assert.deepEqual(
    (health.body["broken"] as { kind: string; id: string; path: string }[]).map(({ kind, id, path }) => [kind, id, path]).toSorted(),
    [
      ["flow", "bad", "flows[0]"],
      ["input", "wrong", "inputs[0]"],
      ["output", "loud", "outputs[0]"],
    ],
  );
  assert.deepEqual(
    list.flows.map(({ id, name }) => [id, name]),
    [
      ["good", "Good"],
      ["bad", "Bad one"],
    ],
  );
  assert.deepEqual([list.flows[1]?.state, stats.flows[1]?.state], ["failed", "failed"]);
  assert.match(stats.flows[1]?.error?.message ?? "", /^flows\[0\]\.input_ids\[0\] /);
  assert.equal(health.body["total_flows"], 2);
  assert.deepEqual(
    api.engine.flows.map(({ id }) => id),
    ["good"],
  );
});

test("an entry behind a broken one is answered with its own fields", async (t) => {
  const api = await testApi(t, { config: CONFIG });

  const output = await api.call("GET", "/api/v1/outputs/o");
  const config = (await api.call("GET", "/api/v1/config")).body.data as typeof CONFIG;

  assert.deepEqual(output.body.data, { ...wireOutput("o"), active: true, dscp: 46, note: "kept" });
  assert.deepEqual(config.outputs, [wireOutput("loud", { dscp: 99 }), output.body.data]);
  assert.equal((await api.call("GET", "/api/v1/outputs/loud")).body.error_code, "output_not_found");
});

test("public health says that the edge lives, and how it is set up only to who shows a token", async (t) => {
  const api = await testApi(t, { config: guarded(CONFIG) });

  const anybody = await api.call("GET", "/health");
  const monitor = await api.call("GET", "/health", undefined, bearer(tokenOf("monitor")));

  assert.deepEqual([anybody.status, anybody.body["warnings"], anybody.body["broken"]], [200, undefined, undefined]);
  assert.deepEqual([monitor.body["warnings"], (monitor.body["broken"] as unknown[]).length], [[], 3]);
});
