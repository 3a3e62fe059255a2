import assert from "node:assert/strict";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { before, test } from "node:test";
import { sql } from "kysely";
import { addNode, FakeNode } from "./fake-node.ts";
import { TestClient, type Answer } from "./test-client.ts";
import { addPerson, PASSWORD, testManager, type TestManager } from "./test-manager.ts";

// Who guesses, who replays, and what two instances know of it together.

let one: TestManager;
let two: TestManager;

before(async () => {
  one = await testManager();
  two = await testManager({ on: one.testDatabase });
  for (const name of ["ada", "bob", "cyd", "dan"]) {
    await addPerson(one.database, name, { grp_default: "admin" });
  }
});

/** A minute has passed, as far as attempts are counted by address. */
const forgetAddresses = async (): Promise<void> => {
  await sql`delete from rate_limit`.execute(one.database.queries);
  await sql`delete from lockout where key like 'login-from:%'`.execute(one.database.queries);
};

const tryLogin = (manager: TestManager, username: string, password: string): Promise<Answer> =>
  new TestClient(manager.base).post("/auth/login", { username, password });

const crypto = createRequire(import.meta.url)("node:crypto") as { argon2: (...all: unknown[]) => void };
const { argon2: real } = crypto;

/** How many passwords are hashed while `work` goes on. */
const hashesDuring = async (work: () => Promise<unknown>): Promise<number> => {
  let count = 0;
  crypto.argon2 = (...all: unknown[]) => {
    count += 1;
    real(...all);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    crypto.argon2 = real;
    syncBuiltinESMExports();
  }
  return count;
};

test("an unknown name, a wrong password, a disabled and a locked account cost the same work and get the same answer", async () => {
  const off = await addPerson(one.database, "eve");
  await one.database.queries.updateTable("users").set({ is_active: false }).where("id", "=", off).execute();
  await sql`insert into lockout (key, failures, counted_until, locked_until) values ('login:bob', 9, now() + interval '1 hour', now() + interval '1 hour')`.execute(
    one.database.queries,
  );
  const answers: Answer[] = [];
  for (const [name, password] of [
    ["nobody-of-this-name", PASSWORD],
    ["ada", "Wrong-Horse-1"],
    ["eve", PASSWORD],
    ["bob", PASSWORD],
  ] as const) {
    const hashes = await hashesDuring(async () => answers.push(await tryLogin(one, name, password)));
    assert.equal(hashes, 1, name);
  }
  await forgetAddresses();

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([401]));
  assert.equal(new Set(answers.map(({ bytes }) => bytes.toString())).size, 1);
});

test("an account is locked by wrong passwords over both instances together, also for the right one, and in any spelling", async () => {
  const tries = [one, two, one, two, one];
  for (const manager of tries) {
    await forgetAddresses();
    assert.equal((await tryLogin(manager, "CYD", "Wrong-Horse-1")).status, 401);
  }
  await forgetAddresses();
  const locked = [await tryLogin(one, "cyd", PASSWORD), await tryLogin(two, "Cyd", PASSWORD)];
  await forgetAddresses();
  const others = await tryLogin(two, "dan", PASSWORD);

  assert.deepEqual(
    locked.map(({ status, body }) => [status, body["error_code"]]),
    [
      [401, "auth_refused"],
      [401, "auth_refused"],
    ],
  );
  assert.equal(others.status, 200);
});

test("an address that guesses waits on both instances, and is told for how long", async () => {
  for (const [i, manager] of [one, two, one, two, one].entries()) {
    assert.equal((await tryLogin(manager, `guess-${i}`, "Wrong-Horse-1")).status, 401);
  }
  const waits = [await tryLogin(one, "dan", PASSWORD), await tryLogin(two, "dan", PASSWORD)];
  await forgetAddresses();

  for (const { status, body, headers } of waits) {
    assert.deepEqual([status, body["error_code"]], [429, "rate_limited"]);
    assert.ok(Number(headers.get("retry-after")) >= 1);
  }
});

test("a proxy's word about addresses is not taken from whoever gives it", async () => {
  for (let i = 0; i < 5; i++) {
    const client = new TestClient(one.base);
    await client.post("/auth/login", { username: `guess-${i}`, password: "Wrong-Horse-1" }, { "x-forwarded-for": `10.0.0.${i}` });
  }
  const answer = await new TestClient(one.base).post(
    "/auth/login",
    { username: "dan", password: PASSWORD },
    { "x-forwarded-for": "10.9.9.9" },
  );
  await forgetAddresses();

  assert.equal(answer.status, 429);
});

test("who holds somebody's session does not get to try their password for ever", async () => {
  const dan = await TestClient.loggedIn(one, "dan");
  const attempt = (password: string): Promise<Answer> =>
    dan.post("/auth/change-password", { current_password: password, new_password: "Another-Horse-8" });
  for (let i = 0; i < 5; i++) {
    assert.equal((await attempt(`Wrong-Horse-${i}`)).status, 401);
  }
  const hashes = await hashesDuring(async () => assert.equal((await attempt(PASSWORD)).status, 429));

  assert.equal(hashes, 0);
});

test("an API token is over at once when it is revoked, on both instances", async () => {
  await forgetAddresses();
  const ada = await TestClient.loggedIn(one, "ada");
  const made = (await ada.post("/auth/tokens", { name: "ci", group_id: null, role: "viewer", expires_in_days: 1 })).body;
  const [here, there] = [new TestClient(one.base), new TestClient(two.base)];
  here.bearer = there.bearer = String(made["token"]);
  assert.deepEqual([(await here.get("/groups")).status, (await there.get("/groups")).status], [200, 200]);

  const revoked = await ada.delete(`/auth/tokens/${String(made["id"])}`);

  assert.equal(revoked.status, 204);
  assert.equal((await here.get("/groups")).status, 401);
  for (;;) {
    // The other instance hears of it by a message.
    if ((await there.get("/groups")).status === 401) {
      break;
    }
  }
});

test("a registration token is good until the node has shown its secret, and never again", async () => {
  const ada = await TestClient.loggedIn(one, "ada");
  const { enrolment } = (await ada.post("/nodes", { group_id: "grp_default", name: "Token" })).body as {
    enrolment: { registration_token: string };
  };
  const knock = async (manager: TestManager): Promise<FakeNode> => {
    const node = new FakeNode(manager.base);
    await node.opened();
    node.send("auth", { registration_token: enrolment.registration_token, software_version: "1", protocol_version: 4 });
    return node;
  };
  const first = await knock(one);
  const { payload } = await first.until("register_ack");
  const { node_id: id, node_secret: secret } = payload as { node_id: string; node_secret: string };
  first.close();
  const back = await FakeNode.in(two.base, id, secret);

  for (const manager of [one, two]) {
    const replay = await knock(manager);
    const refused = await replay.until("auth_error");
    assert.equal((refused.payload as { error_code: string }).error_code, "registration_token_invalid");
  }
  back.close();
});

test("a node's secret of before a rotation opens nothing", async () => {
  await forgetAddresses();
  const ada = await TestClient.loggedIn(one, "ada");
  const { id, secret } = await addNode(one, { name: "Rotated", groupId: "grp_default" });
  const node = await FakeNode.in(one.base, id, secret);
  const rotated = await ada.post(`/nodes/${id}/rotate-secret`);
  const command = node.heard.find(({ payload }) => (payload as { action?: { type: string } } | null)?.action?.type === "rotate_secret");
  const { action } = (command?.payload ?? assert.fail("the node was told nothing")) as { action: { new_secret: string } };
  const next = action.new_secret;
  node.close();

  assert.equal(rotated.status, 204, JSON.stringify(rotated.body));
  await assert.rejects(FakeNode.in(one.base, id, secret), /node secret/);
  (await FakeNode.in(two.base, id, next)).close();
});
