import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alarm, ManagerEvent } from "@bilbycast/contracts/manager-api";
import { TestClient } from "../../../test/test-client.ts";
import { addGroup, addPerson, testManager, type TestManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";

const CAMERA = { flow_id: "f", input_id: "cam" };

const alarmsOf = async (client: TestClient, query = "state=all"): Promise<Alarm[]> =>
  (await client.get(`/alarms?${query}`)).body["alarms"] as Alarm[];
const eventsOf = async (client: TestClient, query = ""): Promise<ManagerEvent[]> =>
  (await client.get(`/events?limit=200${query}`)).body["entries"] as ManagerEvent[];
const plant = async (): Promise<{ manager: TestManager; root: TestClient }> => {
  const manager = await testManager();
  await addPerson(manager.database, "root", {}, "super_admin");
  return { manager, root: await TestClient.loggedIn(manager, "root") };
};

test("alarms are acknowledged and shelved each by itself, by who may, and it is on record", async () => {
  const { manager, root } = await plant();
  await addGroup(manager.database, "grp_a");
  await addGroup(manager.database, "grp_b");
  await addPerson(manager.database, "ann", { grp_a: "operator" });
  await addPerson(manager.database, "vic", { grp_a: "viewer" });
  const a = await TestNode.connect(manager, await addNode(manager, "A-1", "grp_a"));
  const b = await TestNode.connect(manager, await addNode(manager, "B-1", "grp_b"));
  a.event("input_lost", "critical", CAMERA);
  b.event("input_lost", "critical", CAMERA);
  const both = await eventually(async () => {
    const all = await alarmsOf(root);
    return all.length === 2 && all;
  });
  const ann = await TestClient.loggedIn(manager, "ann");
  const vic = await TestClient.loggedIn(manager, "vic");
  const ids = both.map(({ id }) => id);
  const own = both.find(({ group_id: group }) => group === "grp_a");
  assert.ok(own !== undefined);

  const byVic = await vic.post("/alarms/acknowledge", { ids });
  const byAnn = await ann.post("/alarms/acknowledge", { ids, note: "on it" });
  assert.equal(byVic.status, 200, JSON.stringify(byVic.body));
  const shelved = await ann.post("/alarms/shelve", { ids: [own.id], minutes: 10 });
  const counts = await ann.get("/alarms");
  const back = await ann.post("/alarms/shelve", { ids: [own.id], minutes: 0 });

  assert.deepEqual((byVic.body["refused"] as { error_code: string }[]).map(({ error_code: code }) => code).toSorted(), [
    "insufficient_role",
    "not_found",
  ]);
  assert.deepEqual(
    (byAnn.body["done"] as Alarm[]).map(({ id, acknowledged_by: by, note }) => [id, by, note]),
    [[own.id, "ann", "on it"]],
  );
  assert.equal((byAnn.body["refused"] as unknown[]).length, 1);
  assert.equal((shelved.body["done"] as Alarm[])[0]?.shelved_by, "ann");
  assert.deepEqual(counts.body["counts"], { critical: 0, warning: 0, unacknowledged: 0 });
  assert.equal((back.body["done"] as Alarm[])[0]?.shelved_until, null);
  assert.deepEqual(
    (await alarmsOf(ann)).map(({ group_id: group }) => group),
    ["grp_a"],
  );
  const audit = (await root.get("/audit-log")).body["entries"] as { action: string; group_id: string | null }[];
  assert.deepEqual(
    audit.filter(({ action }) => action.startsWith("alarm.")).map(({ action, group_id: group }) => `${action} ${group}`),
    ["alarm.shelve grp_a", "alarm.shelve grp_a", "alarm.acknowledge grp_a"],
  );
});

test("events of a node go to those who see it, and after a transfer to nobody who did not have it then", async () => {
  const { manager } = await plant();
  await addGroup(manager.database, "grp_a");
  await addGroup(manager.database, "grp_b");
  await addPerson(manager.database, "ann", { grp_a: "admin" });
  await addPerson(manager.database, "bob", { grp_b: "admin" });
  await addPerson(manager.database, "cy", { grp_a: "admin", grp_b: "admin" });
  const known = await addNode(manager, "A-1", "grp_a");
  const node = await TestNode.connect(manager, known);
  const [ann, bob, cy] = await Promise.all(["ann", "bob", "cy"].map((name) => TestClient.loggedIn(manager, name)));
  assert.ok(ann !== undefined && bob !== undefined && cy !== undefined);
  node.event("input_lost", "critical", { ...CAMERA, message: "before" });
  await eventually(async () => (await eventsOf(ann)).some(({ message }) => message === "before"));
  assert.deepEqual(await eventsOf(bob), []);

  const moved = await cy.put(`/nodes/${known.id}/owner-group`, { new_group_id: "grp_b" });
  assert.equal(moved.status, 200, JSON.stringify(moved.body));
  node.event("output_failing", "warning", { flow_id: "f", output_id: "o", message: "after" });
  await eventually(async () => (await eventsOf(bob)).some(({ message }) => message === "after"));

  assert.deepEqual(
    (await eventsOf(ann)).map(({ message }) => message),
    ["before", "The node has connected"],
  );
  assert.deepEqual(await alarmsOf(ann), []);
  assert.deepEqual(
    (await eventsOf(bob)).map(({ message }) => message),
    ["after"],
  );
});
