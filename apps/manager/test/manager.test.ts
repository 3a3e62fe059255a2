import assert from "node:assert/strict";
import { test } from "node:test";
import { addPerson, testManager } from "./test-manager.ts";
import { TestClient } from "./test-client.ts";

test("a person logs in, makes a group, a person and a node, and all of it is on record in a whole chain", async () => {
  const manager = await testManager();
  await addPerson(manager.database, "root", { grp_default: "admin" }, "super_admin");

  const client = await TestClient.loggedIn(manager, "Root");
  const group = await client.post("/groups", { slug: "sport", name: "Meridian Sport" });
  const user = await client.post("/users", {
    group_id: "grp_sport",
    role: "operator",
    username: "okafor",
    password: "Abcdefg1",
    display_name: "Okafor",
    email: null,
  });
  const node = await client.post("/nodes", { group_id: "grp_sport", name: "AMS-1" });
  const audit = await client.get("/audit-log");
  const verified = await client.get("/audit-log/verify");

  assert.equal(group.status, 201, JSON.stringify(group.body));
  assert.equal(user.status, 201, JSON.stringify(user.body));
  assert.equal(node.status, 201, JSON.stringify(node.body));
  const actions = (audit.body["entries"] as { action: string }[]).map(({ action }) => action);
  assert.deepEqual(actions, ["node.create", "user.create", "group.create", "auth.login"]);
  assert.deepEqual(verified.body, { is_whole: true, rows: 4, first_broken_seq: null });
  assert.deepEqual(
    manager.lines.filter((line) => /"level":(50|60)/.test(line)),
    [],
  );
});
