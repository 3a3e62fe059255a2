import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ScriptedNode } from "./scripted-node.ts";
import { TestClient } from "./test-client.ts";
import { addPerson, testManager } from "./test-manager.ts";
import { eventually } from "./test-node.ts";

const FOLDER = fileURLToPath(new URL("drivers/", import.meta.url));

test("a kind of device that stands in a folder of its own registers, shows its metrics, takes its commands and is on record", async () => {
  const manager = await testManager({ driverFolders: [FOLDER] });
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  await addPerson(manager.database, "operator", { grp_default: "operator" });
  const client = await TestClient.loggedIn(manager, "root");
  const operator = await TestClient.loggedIn(manager, "operator");

  const types = await client.get("/device-types");
  const made = await client.post("/nodes", { group_id: "grp_default", name: "Roof", device_type: "thermometer" });
  const { registration_token: token } = made.body["enrolment"] as { registration_token: string };
  const node = await ScriptedNode.connect(manager.base, { registration_token: token });
  node.onCommand = ({ type }) =>
    type === "get_config" ? { success: false, error: "no configuration", error_code: "unknown_action" } : undefined;
  node.send("stats", { celsius: 21.5 });
  node.send("health", { status: "too hot" });

  const state = await eventually(async () => {
    const { body } = await client.get(`/nodes/${node.nodeId}/stats`);
    return (body["metrics"] as unknown[]).length > 0 && body;
  });
  await eventually(async () => (await client.get(`/nodes/${node.nodeId}`)).body["status"] === "degraded");
  const path = `/nodes/${node.nodeId}/command`;
  const right = await operator.post(path, { action: { type: "calibrate", offset: -0.5 } });
  const wrong = await operator.post(path, { action: { type: "calibrate" } });
  const above = await operator.post(path, { action: { type: "burn" } });
  const config = await client.get(`/nodes/${node.nodeId}/config/schema`);
  const audit = await client.get(`/audit-log?target_id=${node.nodeId}`);

  assert.deepEqual(
    (types.body["device_types"] as { device_type: string }[]).map(({ device_type: type }) => type),
    ["edge", "thermometer"],
  );
  assert.deepEqual(state["metrics"], [{ name: "temperature", value: 21.5, unit: "°C" }]);
  assert.equal(right.status, 200, JSON.stringify(right.body));
  assert.deepEqual(
    node.commands.find(({ type }) => type === "calibrate"),
    { type: "calibrate", offset: -0.5 },
  );
  assert.equal(wrong.body["field"], "body.action.offset");
  assert.equal(above.status, 403);
  assert.equal(config.body["error_code"], "command_unsupported");
  assert.deepEqual(
    (audit.body["entries"] as { action: string }[]).map(({ action }) => action),
    ["node.command.calibrate", "node.register", "node.create"],
  );
  await node.close();
});
