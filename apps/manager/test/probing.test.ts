import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, test } from "node:test";
import { TestClient } from "./test-client.ts";
import { addGroup, addPerson, PASSWORD, testManager, type TestManager } from "./test-manager.ts";
import { addNode } from "./test-node.ts";

// An admin of one group tries what there is in another: what is there and what is not must answer alike, to the letter.

let manager: TestManager;
let ann: TestClient;
let ownNode = "";
let annId = "";
let foreign: { group: string; user: string; node: string };

before(async () => {
  manager = await testManager();
  await addGroup(manager.database, "grp_own");
  await addGroup(manager.database, "grp_far");
  annId = await addPerson(manager.database, "ann", { grp_own: "admin" });
  const user = await addPerson(manager.database, "far-person", { grp_far: "operator" });
  ownNode = (await addNode(manager, "own", "grp_own")).id;
  foreign = { group: "grp_far", user, node: (await addNode(manager, "far", "grp_far")).id };
  ann = await TestClient.loggedIn(manager, "ann");
});

type Probe = (of: { group: string; user: string; node: string }) => [method: string, path: string, body?: unknown];

const SHARE = { permission: "view", expires_at: null };
const PERSON = { display_name: "x", email: null, is_active: true, is_temporary: false, expires_at: null };
const NEW_PERSON = { username: "fresh", display_name: "x", email: null, is_temporary: false, expires_at: null, password: PASSWORD };

const PROBES: Readonly<Record<string, Probe>> = {
  "a group": ({ group }) => ["GET", `/groups/${group}`],
  "the usage of a group": ({ group }) => ["GET", `/groups/${group}/usage`],
  "members of a group": ({ group }) => ["GET", `/groups/${group}/members`],
  "candidates of a group": ({ group }) => ["GET", `/groups/${group}/members/candidates`],
  "to join somebody to a group": ({ group }) => ["PUT", `/groups/${group}/members/${annId}`, { role: "viewer", allowed_node_ids: null }],
  "to change a group": ({ group }) => ["PUT", `/groups/${group}`, { name: "x", brand_color: null }],
  "people of a group": ({ group }) => ["GET", `/users?group_id=${group}`],
  "nodes of a group": ({ group }) => ["GET", `/nodes?group_id=${group}`],
  "events of a group": ({ group }) => ["GET", `/events?group_id=${group}`],
  "alarms of a group": ({ group }) => ["GET", `/alarms?group_id=${group}`],
  "the record of a group": ({ group }) => ["GET", `/audit-log?group_id=${group}`],
  "a node for a group": ({ group }) => ["POST", "/nodes", { group_id: group, name: "x" }],
  "a person for a group": ({ group }) => ["POST", "/users", { ...NEW_PERSON, group_id: group, role: "viewer", allowed_node_ids: null }],
  "a token for a group": ({ group }) => ["POST", "/auth/tokens", { name: "x", group_id: group, role: "viewer", expires_in_days: 1 }],
  "to give a node to a group": ({ group }) => ["PUT", `/nodes/${ownNode}/owner-group`, { new_group_id: group }],
  "to share a node with a group": ({ group }) => ["PUT", `/nodes/${ownNode}/shares/${group}`, SHARE],
  "to end a share with a group": ({ group }) => ["DELETE", `/nodes/${ownNode}/shares/${group}`],
  "to end a share that is none": ({ group }) => ["DELETE", `/nodes/${ownNode}/shares/${group}`],
  "a person": ({ user }) => ["GET", `/users/${user}`],
  "to change a person": ({ user }) => ["PUT", `/users/${user}`, PERSON],
  "the password of a person": ({ user }) => ["POST", `/users/${user}/password`, { new_password: "Another-Horse-8" }],
  "to remove a person": ({ user }) => ["DELETE", `/users/${user}`],
  "to take a person in": ({ user }) => ["PUT", `/groups/grp_own/members/${user}`, { role: "viewer", allowed_node_ids: null }],
  "to put a person out": ({ user }) => ["DELETE", `/groups/grp_own/members/${user}`],
  "a node": ({ node }) => ["GET", `/nodes/${node}`],
  "to name a node": ({ node }) => [
    "PUT",
    `/nodes/${node}`,
    { name: "x", description: "", expires_at: null, web_ui_url: null, network_type: "nat", network_zone: null },
  ],
  "to remove a node": ({ node }) => ["DELETE", `/nodes/${node}`],
  "a command": ({ node }) => ["POST", `/nodes/${node}/command`, { action: { type: "restart_flow", flow_id: "f" } }],
  "a picture": ({ node }) => ["GET", `/nodes/${node}/flows/f/thumbnail`],
};

test("what is another group's and what is not there answer alike", async () => {
  const absent = { group: "grp_nil", user: randomUUID(), node: randomUUID() };
  for (const [what, probe] of Object.entries(PROBES)) {
    const answers = [];
    for (const one of [foreign, absent]) {
      const { status, bytes } = await ann.ask(...probe(one));
      const text = bytes.toString("utf8").replaceAll(one.group, "<group>").replaceAll(one.user, "<user>").replaceAll(one.node, "<node>");
      answers.push({ status, text });
    }
    assert.deepEqual(answers[0], answers[1], what);
    assert.notEqual(answers[0]?.status, 400, `${what}: the question itself was wrong`);
  }
});

test("a share with a group that is not there is nobody's, also when there is one later", async () => {
  await addPerson(manager.database, "root", {}, "super_admin");
  const root = await TestClient.loggedIn(manager, "root");
  const shared = await ann.put(`/nodes/${ownNode}/shares/grp_later`, SHARE);
  const made = await root.post("/groups", { slug: "later", name: "Later", brand_color: null });
  assert.equal(shared.status, 200, JSON.stringify(shared.body));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await addPerson(manager.database, "liz", { grp_later: "admin" });
  const liz = await TestClient.loggedIn(manager, "liz");

  assert.deepEqual((await liz.get("/nodes")).body["nodes"], []);
  await ann.put(`/nodes/${ownNode}/shares/grp_later`, SHARE);
  assert.equal(((await liz.get("/nodes")).body["nodes"] as unknown[]).length, 1);
  assert.equal((await root.delete("/groups/grp_later")).status, 204);
  assert.deepEqual((await ann.get(`/nodes/${ownNode}/shares`)).body["shares"], []);
});

test("who tries user names to learn which there are may make nobody for a while", async () => {
  const body = (username: string) => ({ ...NEW_PERSON, username, group_id: "grp_own", role: "viewer", allowed_node_ids: null });
  const answers = [];
  for (let guess = 0; guess < 12; guess++) {
    answers.push((await ann.post("/users", body("far-person"))).body["error_code"]);
  }
  const fresh = await ann.post("/users", body("fresh-person"));

  assert.deepEqual(answers, [...Array.from({ length: 10 }, () => "name_taken"), "rate_limited", "rate_limited"]);
  assert.equal(fresh.status, 429);
  assert.ok(Number(fresh.headers.get("retry-after")) > 0);
});

test("nobody sets their own password without the present one, whatever they administer", async () => {
  const refused = await ann.post(`/users/${annId}/password`, { new_password: "Another-Horse-8" });
  const right = await ann.post("/auth/change-password", { current_password: PASSWORD, new_password: "Another-Horse-8" });

  assert.deepEqual([refused.status, refused.body["error_code"]], [409, "own_account"]);
  assert.match(String(refused.body["error"]), /change-password/);
  assert.equal(right.status, 200, JSON.stringify(right.body));
});
