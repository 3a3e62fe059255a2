import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "@bilbycast/testkit/peers";
import { sql } from "kysely";
import { testDatabase } from "../../../test/test-database.ts";
import { testServer } from "../../../test/test-server.ts";
import { lock, lockKey, SessionLock, tryLock } from "../advisory-lock.ts";
import { forgetFailures, lockedForSeconds, recordFailure, type LockoutRule } from "../lockout.ts";
import { cleanUpBookkeeping, takeToken } from "../rate-limit.ts";

test("instances that ask at once get as many tokens as there are, and not one more", async () => {
  const { database, another } = await testDatabase();
  const instances = [database, await another()];

  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => takeToken((instances[i % 2] ?? database).queries, "login:192.0.2.1", 5, 3600)),
  );

  assert.equal(answers.filter(({ allowed }) => allowed).length, 5);
  assert.deepEqual(await takeToken(database.queries, "login:192.0.2.2", 5, 3600), { allowed: true });
});

test("who has none left learns when there is one again", async () => {
  const { database } = await testDatabase();
  for (let i = 0; i < 5; i++) {
    await takeToken(database.queries, "k", 5, 3600);
  }

  const refused = await takeToken(database.queries, "k", 5, 3600);
  assert.ok(!refused.allowed && refused.retryAfterSeconds > 0 && refused.retryAfterSeconds <= 720);
  await sql`update rate_limit set full_at = full_at - interval '720 seconds'`.execute(database.queries);
  const [again, once] = [await takeToken(database.queries, "k", 5, 3600), await takeToken(database.queries, "k", 5, 3600)];

  assert.deepEqual([again.allowed, once.allowed], [true, false]);
});

test("cleaning up changes nothing for those who wait", async () => {
  const { database } = await testDatabase();
  await takeToken(database.queries, "busy", 1, 3600);
  await takeToken(database.queries, "idle", 1, 3600);
  await sql`update rate_limit set full_at = now() - interval '1 second' where key = 'idle'`.execute(database.queries);

  await cleanUpBookkeeping(database.queries);

  assert.deepEqual(await database.queries.selectFrom("rate_limit").select("key").execute(), [{ key: "busy" }]);
  assert.equal((await takeToken(database.queries, "busy", 1, 3600)).allowed, false);
});

const RULE: LockoutRule = { failures: 3, withinSeconds: 600, lockSeconds: 900 };

test("a key is locked after as many failures as it may have, and not longer by those that follow", async () => {
  const { database } = await testDatabase();
  const { queries } = database;

  const answers = [
    await recordFailure(queries, "ada", RULE),
    await recordFailure(queries, "ada", RULE),
    await recordFailure(queries, "ada", RULE),
  ];
  await sql`update lockout set locked_until = locked_until - interval '100 seconds'`.execute(queries);
  const more = await recordFailure(queries, "ada", RULE);

  assert.deepEqual([...answers, more], [false, false, true, true]);
  const left = await lockedForSeconds(queries, "ada");
  assert.ok(left > 0 && left <= 800);
  assert.equal(await lockedForSeconds(queries, "bob"), 0);
});

test("failures that are old, a lock that is over and a success begin a new count", async () => {
  const { database } = await testDatabase();
  const { queries } = database;
  const fail = (): Promise<boolean> => recordFailure(queries, "ada", RULE);
  const past = sql`now() - interval '1 second'`;

  await fail();
  await fail();
  await sql`update lockout set counted_until = ${past}`.execute(queries);
  assert.equal(await fail(), false, "old ones do not count");
  await fail();
  assert.equal(await fail(), true);
  await sql`update lockout set locked_until = ${past}`.execute(queries);
  assert.equal(await lockedForSeconds(queries, "ada"), 0);
  assert.equal(await fail(), false, "nor do those of a lock that is over");
  await forgetFailures(queries, "ada");
  await fail();
  assert.equal(await fail(), false);
});

test("a rule of one failure locks at the first", async () => {
  const { database } = await testDatabase();

  assert.equal(await recordFailure(database.queries, "k", { failures: 1, withinSeconds: 60, lockSeconds: 60 }), true);
});

test("failures of all instances count together", async () => {
  const { database, another } = await testDatabase();
  const instances = [database, await another()];

  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      recordFailure((instances[i % 2] ?? database).queries, "ada", { failures: 20, withinSeconds: 600, lockSeconds: 900 }),
    ),
  );

  assert.ok((await lockedForSeconds(database.queries, "ada")) > 0);
});

test("the number of a lock is the same for ever", () => {
  assert.equal(lockKey("backup"), 6_111_399_565_520_850_680n);
});

test("a lock of a transaction is one instance's until that ends", async () => {
  const { database, another } = await testDatabase();
  const other = await another();

  await database.transaction(async (tx) => {
    await lock(tx, "job");
    assert.deepEqual(await other.transaction(async (theirs) => [await tryLock(theirs, "job"), await tryLock(theirs, "other job")]), [
      false,
      true,
    ]);
  });

  assert.equal(await other.transaction((tx) => tryLock(tx, "job")), true);
});

test("a lock of a session is one holder's until it gives it back", async () => {
  const { target } = await testDatabase();
  const first = await SessionLock.tryAcquire(target, "leader");

  assert.equal(await SessionLock.tryAcquire(target, "leader"), undefined);
  await first?.release();
  const second = await waitFor("the lock", () => SessionLock.tryAcquire(target, "leader"));

  assert.equal(first?.lost.aborted, true);
  assert.equal(second.lost.aborted, false);
  await second.release();
});

test("who holds a lock learns that its connection is gone", async () => {
  const { target } = await testDatabase();
  const { admin } = await testServer();
  const held = await SessionLock.tryAcquire(target, "leader");

  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%lock' and datname = $1", [
    target.database,
  ]);
  await waitFor("the signal", () => held?.lost.aborted === true);

  const next = await waitFor("the lock", () => SessionLock.tryAcquire(target, "leader"));
  await next.release();
  await held?.release();
});
