import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { TestBrowser } from "../../../test/test-browser.ts";
import { TestClient } from "../../../test/test-client.ts";
import { addGroup, addPerson, testManager } from "../../../test/test-manager.ts";
import { addNode, eventually, TestNode } from "../../../test/test-node.ts";

const FLOW = { flow_id: "SECRET-FLOW", flow_name: "SECRET-FLOW", state: "running", health: "Healthy", inputs_live: [], outputs: [] };

const shared = testManager().then(async (manager) => {
  await addGroup(manager.database, "grp_a");
  await addGroup(manager.database, "grp_b");
  await addPerson(manager.database, "ann", { grp_a: "admin" });
  await addPerson(manager.database, "bob", { grp_b: "admin" });
  await addPerson(manager.database, "cy", { grp_a: "admin", grp_b: "admin" });
  const [ann, bob, cy] = await Promise.all(["ann", "bob", "cy"].map((name) => TestClient.loggedIn(manager, name)));
  if (ann === undefined || bob === undefined || cy === undefined) {
    throw new TypeError("three have logged in");
  }
  return { manager, ann, bob, cy };
});

/** The node says all that a node can say, until the browser of somebody who may has seen the last of it. */
const everything = async (node: TestNode, witness: TestBrowser, word: string): Promise<void> => {
  for (let second = 0; second < 2; second++) {
    node.stats([{ ...FLOW, state: `${word}-${second}` }]);
    node.event("input_lost", "critical", { flow_id: "SECRET-FLOW", input_id: `${word}-${second}`, message: `SECRET ${word}` });
    await eventually(
      () =>
        witness.bytes.includes(`${word}-${second}`) &&
        witness.all("event").some(({ event }) => (event as { input_id: string }).input_id === `${word}-${second}`),
    );
  }
};

test("an admin of one group receives nothing of another's nodes: not by a share that has ended, nor after a transfer, nor by asking", async () => {
  const { manager, ann, bob, cy } = await shared;
  const known = await addNode(manager, "SECRET-NODE", "grp_b");
  const node = await TestNode.connect(manager, known);
  const topics = ["nodes", "flows", "alarms", "events", `node:${known.id}`, `changes:${known.id}`];
  const seesB = await TestBrowser.open(bob, topics);
  const seesA = await TestBrowser.open(ann, topics);
  await eventually(() => seesB.of("nodes", known.id) !== undefined && seesA.topics.has("nodes") && seesA.topics.has("alarms"));
  seesA.say({ type: "look", pictures: [{ node_id: known.id, flow_id: "SECRET-FLOW" }] });
  await everything(node, seesB, "unshared");
  assert.doesNotMatch(seesA.bytes, /SECRET|unshared/);
  assert.deepEqual(
    node.commands.filter(({ type }) => type !== "get_config"),
    [],
  );

  await bob.put(`/nodes/${known.id}/shares/grp_a`, { permission: "view", expires_at: null });
  await eventually(() => seesA.of("nodes", known.id) !== undefined && Object.keys(seesA.topics.get("alarms") ?? {}).length > 0);
  await everything(node, seesA, "shared");

  await bob.delete(`/nodes/${known.id}/shares/grp_a`);
  await eventually(() => seesA.of("nodes", known.id) === undefined && Object.keys(seesA.topics.get("alarms") ?? {}).length === 0);
  await eventually(() => seesA.topics.get(`node:${known.id}`)?.["node"] === undefined);
  await everything(node, seesB, "ended");
  assert.doesNotMatch(seesA.bytes, /ended-|SECRET ended/);

  await bob.put(`/nodes/${known.id}/shares/grp_a`, { permission: "view", expires_at: new Date(Date.now() + 3_000).toISOString() });
  await eventually(() => seesA.of("nodes", known.id) !== undefined);
  await eventually(() => seesA.of("nodes", known.id) === undefined);
  await everything(node, seesB, "expired");
  assert.doesNotMatch(seesA.bytes, /expired-|SECRET expired/);

  const moved = await cy.put(`/nodes/${known.id}/owner-group`, { new_group_id: "grp_a" });
  assert.equal(moved.status, 200);
  await eventually(() => seesB.of("nodes", known.id) === undefined && seesA.of("nodes", known.id) !== undefined);
  await everything(node, seesA, "moved");
  assert.doesNotMatch(seesB.bytes, /moved-|SECRET moved/);
  await Promise.all([seesA.leave(), seesB.leave()]);
});

test("who is shown some nodes of a group alone is told of those alone, and of none when the membership ends", async () => {
  const { manager } = await shared;
  await addGroup(manager.database, "grp_c");
  const userId = await addPerson(manager.database, "dee", { grp_c: "operator" });
  const own = await addNode(manager, "OWN-NODE", "grp_c");
  const other = await addNode(manager, "HIDDEN-NODE", "grp_c");
  await sql`update group_members set allowed_node_ids = array[${own.id}]::uuid[] where user_id = ${userId}`.execute(
    manager.database.queries,
  );
  const [a, b] = [await TestNode.connect(manager, own), await TestNode.connect(manager, other)];
  const dee = await TestClient.loggedIn(manager, "dee");
  const browser = await TestBrowser.open(dee, ["nodes", "flows", "alarms", "events"]);
  await eventually(() => browser.of("nodes", own.id) !== undefined);
  b.stats([{ ...FLOW, flow_name: "HIDDEN" }]);
  b.event("input_lost", "critical", { message: "HIDDEN" });
  a.stats([{ ...FLOW, flow_name: "OWN" }]);
  a.event("input_lost", "critical", { message: "OWN" });
  await eventually(() => browser.all("event").some(({ event }) => (event as { message: string }).message === "OWN"));
  await eventually(() => browser.of("flows", own.id) !== undefined);
  assert.doesNotMatch(browser.bytes, /HIDDEN/);

  await manager.database.transaction(async (tx) => {
    await sql`delete from group_members where user_id = ${userId}`.execute(tx);
    await manager.app.announceAccessChange(tx);
  });
  await eventually(() => browser.of("nodes", own.id) === undefined && browser.of("flows", own.id) === undefined);
  await browser.leave();
});
