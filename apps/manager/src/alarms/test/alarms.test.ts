import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Alarm, ManagerEvent } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { TestClient } from "../../../test/test-client.ts";
import { addPerson, testManager, type TestManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";

const CAMERA = { flow_id: "f", input_id: "cam" };

/** One manager for all tests of the file: each has a node of its own and looks at that alone. */
const shared = testManager().then(async (manager) => {
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, client: await TestClient.loggedIn(manager, "root") };
});

/** What somebody who sees everything is shown of one node. */
type Seen = {
  alarms: (state?: string) => Promise<Alarm[]>;
  events: (query?: string) => Promise<ManagerEvent[]>;
  raised: (code: string) => Promise<Alarm | undefined>;
};

const seenOf = (client: TestClient, id: string): Seen => {
  const alarms = async (state = "all"): Promise<Alarm[]> =>
    (await client.get(`/alarms?node_id=${id}&state=${state}`)).body["alarms"] as Alarm[];
  return {
    alarms,
    events: async (query = "") => (await client.get(`/events?limit=200&node_id=${id}${query}`)).body["entries"] as ManagerEvent[],
    raised: async (code) => (await alarms()).find((alarm) => alarm.error_code === code && alarm.is_raised),
  };
};

const nodeOf = async (
  name: string,
): Promise<{ manager: TestManager; client: TestClient; known: { id: string; secret: string }; seen: Seen }> => {
  const { manager, client } = await shared;
  const known = await addNode(manager, name);
  return { manager, client, known, seen: seenOf(client, known.id) };
};

test("what a node tells is kept once, raises its alarm, and clears it", async () => {
  const { manager, known, seen } = await nodeOf("TEL-1");
  const node = await TestNode.connect(manager, known);
  const eventId = randomUUID();
  const at = new Date(Date.now() - 3_000);
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  const alarm = await eventually(() => seen.raised("input_lost"));
  node.event("input_lost", "critical", { ...CAMERA, event_id: eventId }, at);
  node.event("input_regained", "info", { ...CAMERA, event_id: randomUUID() });
  const cleared = await eventually(async () => (await seen.alarms()).find(({ id, is_raised: is }) => id === alarm.id && !is));

  assert.equal(cleared.count, 1);
  assert.equal(cleared.first_seen, at.toISOString());
  assert.equal(cleared.node_name, "TEL-1");
  const events = await seen.events();
  assert.deepEqual(events.map(({ error_code: code }) => code).toSorted(), ["input_lost", "input_regained", "node_connected"]);
  assert.ok(events.filter(({ flow_id: flow }) => flow === "f").every(({ alarm_id: id }) => id === alarm.id));
});

test("a node that goes is an alarm until it is back", async () => {
  const { manager, known, seen } = await nodeOf("GON-1");
  const node = await TestNode.connect(manager, known);
  await node.close();
  const gone = await eventually(() => seen.raised("node_disconnected"));
  const again = await TestNode.connect(manager, known);
  await eventually(async () => (await seen.raised("node_disconnected")) === undefined);

  assert.equal(gone.severity, "critical");
  await again.close();
});

test("pages of events follow each other without a gap, and filters narrow them", async () => {
  const { manager, client, known, seen } = await nodeOf("PAG-1");
  const node = await TestNode.connect(manager, known);
  const at = new Date();
  for (let index = 0; index < 120; index++) {
    node.event(`code_${index}`, index % 2 === 0 ? "info" : "warning", { message: `100 % of ${index}` }, at);
  }
  await eventually(async () => (await seen.events()).length === 121);
  const ids: string[] = [];
  for (let cursor: string | null = "", page = 0; cursor !== null && page < 10; page++) {
    const { body } = await client.get(`/events?limit=50&node_id=${known.id}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    ids.push(...(body["entries"] as ManagerEvent[]).map(({ id }) => id));
    cursor = body["next_cursor"] as string | null;
  }

  assert.equal(ids.length, 121);
  assert.equal(new Set(ids).size, 121);
  assert.equal((await seen.events("&severity=warning")).length, 60);
  assert.equal((await seen.events(`&search=${encodeURIComponent("100 % of 7")}`)).length, 11);
  assert.equal((await seen.events(`&search=${encodeURIComponent("1_0")}`)).length, 0);
  assert.equal((await client.get("/events?cursor=x%27--")).status, 200);
});

test("an alarm fades when its time is over, and a node that was started anew has none of before", async () => {
  const { manager, known, seen } = await nodeOf("FAD-1");
  const node = await TestNode.connect(manager, known);
  node.event("rtmp_server_slow", "warning", { flow_id: "f", output_id: "o" });
  await eventually(() => seen.raised("rtmp_server_slow"));
  await sql`update alarms set fades_at = now() - interval '1 second' where error_code = 'rtmp_server_slow'`.execute(
    manager.database.queries,
  );
  await manager.watch.sweep.run();
  assert.equal(await seen.raised("rtmp_server_slow"), undefined);

  node.event("input_lost", "critical", CAMERA, new Date(Date.now() - 3_600_000));
  await eventually(() => seen.raised("input_lost"));
  node.stats([], { uptime_secs: 60 });
  await eventually(async () => (await seen.raised("input_lost")) === undefined);
});

test("a node whose instance vanished is told as gone when nobody else has it", async () => {
  const { manager, known, seen } = await nodeOf("VAN-1");
  const { id } = known;
  await sql`update nodes set status = 'offline', status_since = now() - interval '1 hour' where id = ${id}`.execute(
    manager.database.queries,
  );
  await manager.watch.sweep.run();
  await eventually(() => seen.raised("node_disconnected"));
  await manager.watch.sweep.run();

  assert.equal((await seen.events()).length, 1);
});

test("two instances that hear of the same things make one alarm of each, and an old connection does not say that the node is gone", async () => {
  const { manager, known, seen } = await nodeOf("TWO-1");
  const other = await testManager({ on: manager.testDatabase });
  const node = await TestNode.connect(manager, known);
  const ids = Array.from({ length: 40 }, () => randomUUID());
  ids.forEach((id, index) => node.event("input_lost", "critical", { flow_id: "f", input_id: `i${index % 20}`, event_id: id }));
  const moved = await TestNode.connect(other, known);
  ids.forEach((id, index) => moved.event("input_lost", "critical", { flow_id: "f", input_id: `i${index % 20}`, event_id: id }));
  await eventually(async () => (await seen.events()).filter(({ error_code: code }) => code === "input_lost").length === 40);
  const alarms = await eventually(async () => {
    const open = await seen.alarms("open");
    return open.length === 20 && open;
  });

  assert.ok(alarms.every(({ count }) => count === 2));
  assert.equal(await seen.raised("node_disconnected"), undefined);
});

test("a storm of events is one alarm, and what the node told before the limit is kept", async () => {
  const { manager, known, seen } = await nodeOf("STO-1");
  const node = await TestNode.connect(manager, known);
  for (let index = 0; index < 1_500; index++) {
    node.event("srt_refused", "warning", { flow_id: "f", input_id: "cam" });
  }
  const limit = await eventually(() => seen.raised("event_rate_limit"));
  const storm = await eventually(async () => {
    const alarm = await seen.raised("srt_refused");
    return alarm?.count === 1_000 && alarm;
  });
  manager.watch.intake.look(Date.now() + 61_000);
  await eventually(async () => (await seen.raised("event_rate_limit")) === undefined);

  assert.equal(limit.severity, "warning");
  assert.equal((await seen.alarms("open")).find(({ id }) => id === storm.id)?.count, 1_001);
  assert.ok((await seen.events()).some(({ details }) => details["suppressed"] === 499));
});
