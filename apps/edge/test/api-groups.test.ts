import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi, type TestApi } from "./test-api.ts";
import { wireInput } from "./test-declarations.ts";

const CONFIG = {
  inputs: [wireInput("a", 5000), wireInput("b", 5001)],
  flows: [
    { id: "red", name: "Red", input_ids: ["a"], enabled: false },
    { id: "blue", name: "Blue", input_ids: ["b"], enabled: false },
    { id: "other", name: "Other" },
  ],
  flow_groups: [{ id: "pair", name: "Pair", flow_ids: ["red", "blue"] }],
};

const running = (api: TestApi): string[] => api.engine.flows.map((flow) => flow.id).toSorted();

test("a flow group starts and stops as one, and leaves other flows alone", async (t) => {
  const api = await testApi(t, { config: CONFIG });

  const list = await api.call("GET", "/api/v1/flow-groups");
  const started = await api.call("POST", "/api/v1/flow-groups/pair/start");
  const whileStarted = running(api);
  const again = await api.call("POST", "/api/v1/flow-groups/pair/start");
  const stopped = await api.call("POST", "/api/v1/flow-groups/pair/stop");

  assert.deepEqual(list.body.data, { flow_groups: CONFIG.flow_groups });
  assert.equal(started.status, 200, JSON.stringify(started.body));
  assert.deepEqual(
    (started.body.data as { flows: { id: string }[] }).flows.map(({ id }) => id),
    ["red", "blue"],
  );
  assert.deepEqual(whileStarted, ["blue", "other", "red"]);
  assert.deepEqual([again.status, again.body.error_code], [409, "flow_already_running"]);
  assert.equal(stopped.status, 200);
  assert.deepEqual(running(api), ["other"]);
});

test("when one flow of a group cannot open, none is started", async (t) => {
  const api = await testApi(t, { config: CONFIG });
  api.engine.refuse = "b";

  const refused = await api.call("POST", "/api/v1/flow-groups/pair/start");

  assert.equal(refused.status, 409, JSON.stringify(refused.body));
  assert.deepEqual(running(api), ["other"]);
});

test("a group that does not exist is told", async (t) => {
  const api = await testApi(t, { config: CONFIG });

  for (const word of ["start", "stop"]) {
    const answer = await api.call("POST", `/api/v1/flow-groups/nobody/${word}`);
    assert.deepEqual([answer.status, answer.body.error_code], [404, "flow_group_not_found"]);
  }
});
