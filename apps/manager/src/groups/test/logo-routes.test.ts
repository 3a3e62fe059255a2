import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClient } from "../../../test/test-client.ts";
import { addGroup, addPerson, testManager } from "../../../test/test-manager.ts";

/** One grey pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==";

const shared = testManager().then(async (manager) => {
  await addGroup(manager.database, "grp_a");
  await addGroup(manager.database, "grp_b");
  await addPerson(manager.database, "ann", { grp_a: "admin" });
  await addPerson(manager.database, "vic", { grp_a: "viewer" });
  await addPerson(manager.database, "bob", { grp_b: "admin" });
  const loggedIn = (name: string): Promise<TestClient> => TestClient.loggedIn(manager, name);
  return { ann: await loggedIn("ann"), vic: await loggedIn("vic"), bob: await loggedIn("bob") };
});

test("a logo is seen by its group alone, as a picture and as nothing else, and by its version", async () => {
  const { ann, vic, bob } = await shared;
  assert.equal((await vic.get("/groups/grp_a/logo")).body["error_code"], "picture_absent");
  const set = await ann.put("/groups/grp_a/logo", { png: PNG });
  assert.equal(set.status, 200, set.bytes.toString());
  const version = set.body["logo_version"];

  const seen = await vic.get(`/groups/grp_a/logo?v=${String(version)}`);
  assert.equal(seen.status, 200);
  assert.equal(seen.bytes.toString("base64"), PNG);
  assert.deepEqual(
    ["content-type", "x-content-type-options", "cache-control", "cross-origin-resource-policy"].map((name) => seen.headers.get(name)),
    ["image/png", "nosniff", "private, no-cache", "same-origin"],
  );
  assert.match(seen.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.equal((await vic.get("/groups/grp_a/logo", { "if-none-match": seen.headers.get("etag") ?? "" })).status, 304);
  const me = (await vic.get("/auth/me")).body["groups"] as { id: string; logo_version: number | null }[];
  assert.deepEqual(
    me.map(({ id, logo_version: shown }) => [id, shown]),
    [["grp_a", version]],
  );

  const hidden = await bob.get("/groups/grp_a/logo");
  assert.deepEqual([hidden.status, hidden.body["error_code"]], [404, "not_found"]);
  assert.equal((await vic.put("/groups/grp_a/logo", { png: PNG })).status, 403);
});

test("what is no PNG is refused, and the logo stays; a newer version of the group is not written over", async () => {
  const { ann } = await shared;
  const { version } = (await ann.put("/groups/grp_a/logo", { png: PNG })).body as { version: number };
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>').toString("base64");
  const refused = await ann.put("/groups/grp_a/logo", { png: svg });
  assert.deepEqual([refused.status, refused.body["error_code"], refused.body["field"]], [422, "logo_invalid", "body.png"]);
  assert.equal((await ann.put("/groups/grp_a/logo", { png: "no base64!" })).status, 400);
  assert.equal((await ann.put("/groups/grp_a/logo", { png: "A".repeat(400_000) })).status, 413);
  assert.equal((await ann.put("/groups/grp_a/logo", { png: PNG }, { "if-match": `"${version - 1}"` })).status, 412);
  assert.equal((await ann.get("/groups/grp_a/logo")).bytes.toString("base64"), PNG);

  assert.equal((await ann.delete("/groups/grp_a/logo")).status, 204);
  assert.equal((await ann.delete("/groups/grp_a/logo")).body["error_code"], "picture_absent");
  const again = (await ann.put("/groups/grp_a/logo", { png: PNG })).body as { logo_version: number };
  assert.ok(again.logo_version > version, "another logo has another version");
});
