import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { record, type Actor } from "../src/audit/record.ts";
import { RecordTogether } from "../src/audit/record-together.ts";
import { pruneAudit } from "../src/audit/retention.ts";
import { verifyChain } from "../src/audit/verify.ts";
import type { Database } from "../src/database/database.ts";
import { testDatabase } from "./test-database.ts";

const ACTOR: Actor = { id: null, name: "clerk", via: "system", ipAddress: "", instanceId: "one" };
const deed = (n: number) => ({
  action: "node.update",
  groupId: "grp_default",
  target: { type: "node", id: String(n), name: `node ${n}` },
  changes: [{ field: "name", before: n, after: { deep: [n, "\u0000", 1e21, -0, "\ud800"] } }],
});

const chainOf = async (rows: number): Promise<{ database: Database; another: () => Promise<Database> }> => {
  const { database, another } = await testDatabase();
  for (let n = 1; n <= rows; n++) {
    await database.transaction((tx) => record(tx, ACTOR, deed(n)));
  }
  return { database, another };
};

/** As somebody does who owns the database: triggers are no wall to them, the chain is. */
const tamper = async (database: Database, statement: string): Promise<void> => {
  await sql`alter table audit_log disable trigger all`.execute(database.queries);
  await sql.raw(statement).execute(database.queries);
  await sql`alter table audit_log enable trigger all`.execute(database.queries);
};

/** What somebody might do, and the first row that is wrong afterwards. */
const TAMPERINGS: Readonly<Record<string, readonly [statement: string, brokenAt: number]>> = {
  "a row's action is changed": ["update audit_log set action = 'node.read' where seq = 4", 4],
  "a row's time is changed by a millisecond": ["update audit_log set at = at + interval '1 millisecond' where seq = 4", 4],
  "a value deep in a row is changed": ["update audit_log set changes = jsonb_set(changes, '{0,before}', '99') where seq = 4", 4],
  "a row is laid at somebody else's door": ["update audit_log set actor_name = 'nobody' where seq = 1", 1],
  "a row is moved to another group": ["update audit_log set group_id = null where seq = 8", 8],
  "an address is wiped": ["update audit_log set ip_address = '10.0.0.1' where seq = 3", 3],
  "a hash is changed": ["update audit_log set hash = repeat('a', 64) where seq = 5", 5],
  "a row is taken out of the middle": ["delete from audit_log where seq = 4", 4],
  "the first row is taken out": ["delete from audit_log where seq = 1", 1],
  "the last row is cut off": ["delete from audit_log where seq = 8", 8],
  "the last three rows are cut off": ["delete from audit_log where seq > 5", 6],
  "everything is emptied": ["truncate audit_log", 1],
  "two rows change places": [
    "update audit_log set seq = case seq when 3 then 4 when 4 then 3 end + 100 where seq in (3, 4); update audit_log set seq = seq - 100 where seq > 100",
    3,
  ],
  "a row is put in at the end": [
    "insert into audit_log select 9, at, actor_id, actor_name, via, action, group_id, target_type, target_id, target_name, changes, details, ip_address, instance_id, hash from audit_log where seq = 8",
    9,
  ],
  "a row takes the place of one that is taken out": [
    "delete from audit_log where seq = 4; insert into audit_log select 4, at, actor_id, actor_name, via, action, group_id, target_type, target_id, target_name, changes, details, ip_address, instance_id, hash from audit_log where seq = 3",
    4,
  ],
  "the head is set back with nothing cut": ["update audit_head set seq = 7", 9],
  "the head's hash is changed": ["update audit_head set hash = repeat('b', 64)", 9],
  "the beginning is said to be later": ["update audit_head set base_seq = 3", 4],
  "the beginning's hash is changed": ["update audit_head set base_hash = repeat('c', 64)", 1],
};

test("whoever tampers with the record breaks its chain where they did", async () => {
  const { database } = await chainOf(8);
  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 8, first_broken_seq: null });

  for (const [what, [statement, brokenAt]] of Object.entries(TAMPERINGS)) {
    await sql`create table if not exists kept_log as select * from audit_log`.execute(database.queries);
    await sql`create table if not exists kept_head as select * from audit_head`.execute(database.queries);
    await tamper(database, statement);
    const report = await verifyChain(database);
    await tamper(
      database,
      "truncate audit_log; insert into audit_log select * from kept_log; delete from audit_head; insert into audit_head select * from kept_head",
    );

    assert.deepEqual([what, report.is_whole, report.first_broken_seq], [what, false, brokenAt]);
  }
  assert.equal((await verifyChain(database)).is_whole, true);
});

test("the account of the program itself neither changes nor removes rows", async () => {
  const { database } = await chainOf(2);
  for (const statement of [
    "update audit_log set action = 'x'",
    "delete from audit_log",
    "delete from audit_log where seq = 1",
    "truncate audit_log",
  ]) {
    await assert.rejects(sql.raw(statement).execute(database.queries), /append only/, statement);
  }
  // What opens deletes to retention opens nothing else.
  const withRetention = (statement: string): Promise<unknown> =>
    database.transaction(async (tx) => {
      await sql`set local bilbycast.audit_retention = 'on'`.execute(tx);
      await sql.raw(statement).execute(tx);
    });
  await assert.rejects(withRetention("update audit_log set action = 'x'"), /append only/);
  await assert.rejects(withRetention("truncate audit_log"), /append only/);

  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 2, first_broken_seq: null });
});

test("rows that are kept no longer go, and what is left is a whole chain that goes on", async () => {
  const { database } = await chainOf(6);
  await database.transaction((tx) => pruneAudit(tx, 30));
  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 6, first_broken_seq: null });

  // A month later, as far as days are counted: 0 days are kept of what is there.
  await database.transaction((tx) => pruneAudit(tx, 0));
  const emptied = await verifyChain(database);
  await database.transaction((tx) => record(tx, ACTOR, deed(7)));
  const after = await verifyChain(database);
  await tamper(database, "update audit_head set base_seq = 5");

  assert.deepEqual(emptied, { is_whole: true, rows: 0, first_broken_seq: null });
  assert.deepEqual(after, { is_whole: true, rows: 1, first_broken_seq: null });
  assert.equal((await verifyChain(database)).is_whole, false);
});

test("two instances that write at once write one chain without a gap", async () => {
  const { database, another } = await chainOf(0);
  const other = await another();
  const writes = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? database : other).transaction((tx) => record(tx, ACTOR, deed(n))));
  const undone = Array.from({ length: 10 }, () =>
    assert.rejects(
      other.transaction(async (tx) => {
        await record(tx, ACTOR, deed(0));
        throw new Error("changed its mind");
      }),
      /changed its mind/,
    ),
  );
  await Promise.all([...writes, ...undone]);

  assert.deepEqual(await verifyChain(database), { is_whole: true, rows: 60, first_broken_seq: null });
});

test("what is done at once by many is recorded together, in its order and in one chain, and nothing of it where it cannot be kept", async () => {
  const { database } = await chainOf(2);
  let transactions = 0;
  const together = new RecordTogether({
    transaction: (work) => {
      transactions += 1;
      return database.transaction(work);
    },
  });
  await Promise.all(Array.from({ length: 300 }, (_, n) => together.record(ACTOR, deed(100 + n))));
  const names = await database.queries.selectFrom("audit_log").select("target_id").where("seq", ">", 2).orderBy("seq").execute();
  await sql`alter table audit_log add constraint no_more check (target_id <> '999')`.execute(database.queries);
  const [bad, good] = await Promise.allSettled([together.record(ACTOR, deed(999)), together.record(ACTOR, deed(998))]);
  await together.record(ACTOR, deed(997));

  assert.equal(transactions, 4);
  assert.deepEqual(
    names.map(({ target_id: id }) => Number(id)),
    Array.from({ length: 300 }, (_, n) => 100 + n),
  );
  assert.deepEqual([bad.status, good.status], ["rejected", "rejected"]);
  assert.equal((await verifyChain(database)).rows, 303);
});
