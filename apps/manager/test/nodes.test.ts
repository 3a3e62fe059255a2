import assert from "node:assert/strict";
import { test } from "node:test";
import { TestBrowser } from "./test-browser.ts";
import { TestClient } from "./test-client.ts";
import { addPerson, testManager, type TestManager } from "./test-manager.ts";
import { eventually } from "./test-node.ts";
import { ScriptedNode } from "./scripted-node.ts";

type Change = {
  id: string;
  state: string;
  can_revert: boolean;
  differences: { path: string; before?: unknown; after?: unknown }[];
  summary: string;
};

const enrol = async (client: TestClient, name: string): Promise<{ id: string; token: string }> => {
  const { body, status } = await client.post("/nodes", { group_id: "grp_default", name });
  assert.equal(status, 201, JSON.stringify(body));
  return { id: (body["node"] as { id: string }).id, token: (body["enrolment"] as { registration_token: string }).registration_token };
};

const begin = async (): Promise<{ manager: TestManager; client: TestClient }> => {
  const manager = await testManager();
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");
  return { manager, client: await TestClient.loggedIn(manager, "root") };
};

const CONFIG = {
  version: 2,
  inputs: [{ type: "udp", id: "in-1", name: "In", bind_addr: "127.0.0.1:5000" }],
  outputs: [{ type: "srt", id: "out-1", name: "Out", mode: "caller", remote_addr: "10.0.0.1:9000", passphrase: "a-very-secret-phrase" }],
  flows: [{ id: "flow-1", name: "Flow", input_ids: ["in-1"], output_ids: ["out-1"] }],
};

test("a node registers by its token once, comes back by its secret, and its state and configuration are seen", async () => {
  const { manager, client } = await begin();
  const { id, token } = await enrol(client, "AMS-1");

  const node = await ScriptedNode.connect(manager.base, { registration_token: token }, CONFIG);
  node.stats([
    {
      flow_id: "flow-1",
      flow_name: "Flow",
      state: "running",
      health: "Healthy",
      input: { bitrate_bps: 5_000_000, packets_lost: 0 },
      outputs: [{ bitrate_bps: 5_100_000 }],
    },
  ]);
  const seen = await eventually(async () => {
    const { body } = await client.get(`/nodes/${id}`);
    // Its token is forgotten beside what it says of itself, a little sooner or later.
    const isRead = body["status"] === "online" && (body["capabilities"] as string[]).includes("node_bus");
    return isRead && body["has_token"] === false ? body : undefined;
  });
  const state = await eventually(async () => {
    const { body } = await client.get(`/nodes/${id}/stats`);
    return body["stats"] === null ? undefined : body;
  });
  const config = await client.get(`/nodes/${id}/config`);

  assert.equal(node.nodeId, id);
  assert.equal(seen["has_token"], false);
  assert.equal((state["metrics"] as { name: string; value: number }[]).find(({ name }) => name === "bitrate_in")?.value, 5_000_000);
  assert.equal(config.status, 200, JSON.stringify(config.body));
  assert.equal(config.body["is_live"], true);
  assert.deepEqual(config.body["config"], CONFIG);

  await node.close();
  await eventually(async () => (await client.get(`/nodes/${id}`)).body["status"] === "offline");
  const away = await client.get(`/nodes/${id}/config`);
  await assert.rejects(ScriptedNode.connect(manager.base, { registration_token: token }), /invalid registration token/);
  const again = await ScriptedNode.connect(manager.base, { node_id: id, node_secret: node.secret }, CONFIG);

  assert.equal(away.body["is_live"], false);
  assert.deepEqual(away.body["config"], CONFIG);
  const stored = await manager.database.queries.selectFrom("node_configs").select("config_enc").executeTakeFirstOrThrow();
  assert.ok(!stored.config_enc.includes("secret-phrase") && stored.config_enc.startsWith("v2:"));
  await again.close();
});

test("a configuration is changed with a watch, refused when it has moved on, and taken back", async () => {
  const { manager, client } = await begin();
  await client.put("/settings", { change_watch_secs: 5 });
  const { id, token } = await enrol(client, "AMS-1");
  const node = await ScriptedNode.connect(manager.base, { registration_token: token }, CONFIG);
  const { body: first } = await client.get(`/nodes/${id}/config`);
  const mine = { ...CONFIG, inputs: [{ ...CONFIG.inputs[0], name: "Camera" }] };

  const watcher = await TestBrowser.open(client, [`changes:${id}`]);
  await eventually(() => watcher.all("hello").length > 0);
  const changed = await client.put(`/nodes/${id}/config`, { base_revision: first["revision"], config: mine });
  const change = changed.body as unknown as Change;

  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal(change.state, "watching");
  assert.deepEqual(change.differences, [{ path: "/inputs/in-1/name", kind: "changed", before: "In", after: "Camera" }]);

  const stale = await client.put(`/nodes/${id}/config`, {
    base_revision: first["revision"],
    config: { ...CONFIG, inputs: [{ ...CONFIG.inputs[0], name: "Mine" }] },
  });
  assert.equal(stale.status, 409);
  assert.equal(stale.body["error_code"], "config_conflict");
  assert.deepEqual((stale.body["details"] as { conflicts: unknown[] }).conflicts, [
    { path: "/inputs/in-1/name", base: "In", mine: "Mine", theirs: "Camera" },
  ]);

  const bad = await client.put(`/nodes/${id}/config`, {
    base_revision: (await client.get(`/nodes/${id}/config`)).body["revision"],
    config: { ...mine, inputs: [{ type: "udp", id: "in-1", name: "x", bind_addr: "nonsense" }] },
  });
  assert.equal(bad.status, 422);
  assert.match(String((bad.body["problems"] as { path: string }[])[0]?.path), /^body\.config\.inputs\[0\]\.bind_addr/);

  const verified = await eventually(async () => {
    const { body } = await client.get(`/nodes/${id}/changes/${change.id}`);
    return body["state"] === "verified" ? (body as unknown as Change) : undefined;
  });
  assert.equal(verified.can_revert, true);
  const states = await eventually(() => {
    const told = watcher.all("change").map((message) => (message["change"] as Change).state);
    return told.includes("verified") ? told : undefined;
  });
  assert.deepEqual(states, ["watching", "verified"]);
  await watcher.leave();
  const reverted = await client.post(`/nodes/${id}/changes/${change.id}/revert`);
  assert.equal(reverted.status, 201, JSON.stringify(reverted.body));
  assert.deepEqual(node.config, CONFIG);
  const again = await client.post(`/nodes/${id}/changes/${change.id}/revert`);
  assert.equal(again.body["error_code"], "change_not_revertible");
  await node.close();
});

test("a secret is never in a difference, the record or the log", async () => {
  const { manager, client } = await begin();
  const { id, token } = await enrol(client, "AMS-1");
  const node = await ScriptedNode.connect(manager.base, { registration_token: token }, CONFIG);
  const { body: first } = await client.get(`/nodes/${id}/config`);

  const changed = await client.put(`/nodes/${id}/config`, {
    base_revision: first["revision"],
    config: { ...CONFIG, outputs: [{ ...CONFIG.outputs[0], passphrase: "another-secret-phrase" }] },
  });
  const audit = await client.get("/audit-log");

  assert.deepEqual((changed.body as unknown as Change).differences, [
    { path: "/outputs/out-1/passphrase", kind: "changed", before: "[secret]", after: "[secret]" },
  ]);
  assert.ok(!audit.bytes.includes("secret-phrase"));
  assert.ok(!manager.lines.some((line) => line.includes("secret-phrase") || line.includes(token)));
  await node.close();
});

test("a command is acknowledged, refused in the node's words, or timed out; roles are asked before", async () => {
  const { manager, client } = await begin();
  await addPerson(manager.database, "watcher", { grp_default: "viewer" });
  const { id, token } = await enrol(client, "AMS-1");
  const node = await ScriptedNode.connect(manager.base, { registration_token: token }, CONFIG);
  node.onCommand = ({ type }) =>
    type === "stop_flow" ? { success: false, error: "The flow does not run", error_code: "flow_not_running" } : undefined;

  const good = await client.post(`/nodes/${id}/command`, { action: { type: "start_flow", flow_id: "flow-1" } });
  const refused = await client.post(`/nodes/${id}/command`, { action: { type: "stop_flow", flow_id: "flow-1" } });
  const unknown = await client.post(`/nodes/${id}/command`, { action: { type: "make_coffee" } });
  const wrong = await client.post(`/nodes/${id}/command`, { action: { type: "start_flow" } });
  const viewer = await (
    await TestClient.loggedIn(manager, "watcher")
  ).post(`/nodes/${id}/command`, { action: { type: "start_flow", flow_id: "flow-1" } });

  assert.equal(good.status, 200, JSON.stringify(good.body));
  assert.equal(refused.status, 422);
  assert.equal((refused.body["details"] as Record<string, unknown>)["node_error_code"], "flow_not_running");
  assert.equal(unknown.body["error_code"], "command_unsupported");
  assert.equal(wrong.body["field"], "body.action.flow_id");
  assert.equal(viewer.status, 403);
  const actions = ((await client.get("/audit-log?action=node.command")).body["entries"] as { action: string }[]).map(
    ({ action }) => action,
  );
  assert.deepEqual(actions, ["node.command.failed", "node.command.stop_flow", "node.command.start_flow"]);
  await node.close();
});

test("a new secret is in force from its acknowledgement; one whose acknowledgement was lost lets the node in all the same", async () => {
  const { manager, client } = await begin();
  const { id, token } = await enrol(client, "AMS-1");
  const node = await ScriptedNode.connect(manager.base, { registration_token: token }, CONFIG);
  const old = node.secret;

  const rotated = await client.post(`/nodes/${id}/rotate-secret`);
  assert.equal(rotated.status, 204, JSON.stringify(rotated.body));
  await assert.rejects(ScriptedNode.connect(manager.base, { node_id: id, node_secret: old }), /invalid node secret/);

  // Takes the next one, and dies before it says so.
  node.onCommand = (action) => {
    node.secret = String(action["new_secret"]);
    void node.close();
    return undefined;
  };
  const lost = await client.post(`/nodes/${id}/rotate-secret`);
  assert.equal(lost.status, 502);
  const back = await ScriptedNode.connect(manager.base, { node_id: id, node_secret: node.secret }, CONFIG);
  await back.close();
});
