import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Alarm, ManagerEvent } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager, type TestManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";

const CAMERA = { flow_id: "f", input_id: "cam" };

const alarmsOf = async (client: TestClient, query = "state=all"): Promise<Alarm[]> =>
  (await client.get(`/alarms?${query}`)).body["alarms"] as Alarm[];
const eventsOf = async (client: TestClient, query = ""): Promise<ManagerEvent[]> =>
  (await client.get(`/events?limit=200${query}`)).body["entries"] as ManagerEvent[];
const raised = async (client: TestClient, code: string): Promise<Alarm | undefined> =>
  (await alarmsOf(client)).find((alarm) => alarm.error_code === code && alarm.is_raised);

const plant = async (): Promise<{ manager: TestManager; root: TestClient }> => {
  const manager = await testManager();
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, root: await TestClient.loggedIn(manager, "root") };
};

test("what a node tells is kept once, raises its alarm, and clears it", async () => {
  const { manager, root } = await plant();
  const node = await TestNode.connect(manager, await addNode(manager, "AMS-1"));
  const eventId = randomUUID();
  const at = new Date(Date.now() - 3_000);
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  const alarm = await eventually(() => raised(root, "input_lost"));
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  node.event("input_regained", "info", { ...CAMERA, event_id: randomUUID() });
  const cleared = await eventually(async () => (await alarmsOf(root)).find(({ id, is_raised: is }) => id === alarm.id && !is));

  assert.equal(cleared.count, 1);
  assert.equal(cleared.first_seen, at.toISOString());
  assert.equal(cleared.node_name, "AMS-1");
  const events = await eventsOf(root);
  assert.deepEqual(events.map(({ error_code: code }) => code).toSorted(), ["input_lost", "input_regained", "node_connected"]);
  assert.ok(events.filter(({ flow_id: flow }) => flow === "f").every(({ alarm_id: id }) => id === alarm.id));
});

test("a node that goes is an alarm until it is back", async () => {
  const { manager, root } = await plant();
  const known = await addNode(manager, "AMS-1");
  const node = await TestNode.connect(manager, known);
  await node.close();
  const gone = await eventually(() => raised(root, "node_disconnected"));
  const again = await TestNode.connect(manager, known);
  await eventually(async () => (await raised(root, "node_disconnected")) === undefined);

  assert.equal(gone.severity, "critical");
  await again.close();
});

test("pages of events follow each other without a gap, and filters narrow them", async () => {
  const { manager, root } = await plant();
  const node = await TestNode.connect(manager, await addNode(manager, "AMS-1"));
  const at = new Date();
  for (let index = 0; index < 120; index++) {
    node.event(`code_${index}`, index % 2 === 0 ? "info" : "warning", { message: `100 % of ${index}` }, at);
  }
  await eventually(async () => (await eventsOf(root)).length === 121);
  const seen: string[] = [];
  for (let cursor: string | null = "", page = 0; cursor !== null && page < 10; page++) {
    const { body } = await root.get(`/events?limit=50${cursor === "" ? "" : `&cursor=${cursor}`}`);
    seen.push(...(body["entries"] as ManagerEvent[]).map(({ id }) => id));
    cursor = body["next_cursor"] as string | null;
  }

  assert.equal(seen.length, 121);
  assert.equal(new Set(seen).size, 121);
  assert.equal((await eventsOf(root, "&severity=warning")).length, 60);
  assert.equal((await eventsOf(root, `&search=${encodeURIComponent("100 % of 7")}`)).length, 11);
  assert.equal((await eventsOf(root, `&search=${encodeURIComponent("1_0")}`)).length, 0);
  assert.equal((await root.get("/events?cursor=x%27--")).status, 200);
});

test("an alarm fades when its time is over, and a node that was started anew has none of before", async () => {
  const { manager, root } = await plant();
  const node = await TestNode.connect(manager, await addNode(manager, "AMS-1"));
  node.event("rtmp_server_slow", "warning", { flow_id: "f", output_id: "o" });
  await eventually(() => raised(root, "rtmp_server_slow"));
  await sql`update alarms set fades_at = now() - interval '1 second' where error_code = 'rtmp_server_slow'`.execute(
    manager.database.queries,
  );
  await manager.watch.sweep.run();
  assert.equal(await raised(root, "rtmp_server_slow"), undefined);

  node.event("input_lost", "critical", CAMERA, new Date(Date.now() - 3_600_000));
  await eventually(() => raised(root, "input_lost"));
  node.stats([], { uptime_secs: 60 });
  await eventually(async () => (await raised(root, "input_lost")) === undefined);
});

test("a node whose instance vanished is told as gone when nobody else has it", async () => {
  const { manager, root } = await plant();
  const { id } = await addNode(manager, "AMS-1");
  await sql`update nodes set status = 'offline', status_since = now() - interval '1 hour' where id = ${id}`.execute(
    manager.database.queries,
  );
  await manager.watch.sweep.run();
  await eventually(() => raised(root, "node_disconnected"));
  await manager.watch.sweep.run();

  assert.equal((await eventsOf(root)).length, 1);
});

test("two instances that hear of the same things make one alarm of each, and an old connection does not say that the node is gone", async () => {
  const { manager, root } = await plant();
  const other = await testManager({ on: manager.testDatabase });
  const known = await addNode(manager, "AMS-1");
  const node = await TestNode.connect(manager, known);
  const ids = Array.from({ length: 40 }, () => randomUUID());
  ids.forEach((id, index) => node.event("input_lost", "critical", { flow_id: "f", input_id: `i${index % 20}`, event_id: id }));
  const moved = await TestNode.connect(other, known);
  ids.forEach((id, index) => moved.event("input_lost", "critical", { flow_id: "f", input_id: `i${index % 20}`, event_id: id }));
  await eventually(async () => (await eventsOf(root)).filter(({ error_code: code }) => code === "input_lost").length === 40);
  const alarms = await eventually(async () => {
    const open = await alarmsOf(root, "state=open");
    return open.length === 20 && open;
  });

  assert.ok(alarms.every(({ count }) => count === 2));
  assert.equal(await raised(root, "node_disconnected"), undefined);
});
