import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "@bilbycast/foundation/fault";
import { waitFor } from "@bilbycast/testkit/peers";
import { sql } from "kysely";
import { testDatabase } from "../../../test/test-database.ts";
import { testServer } from "../../../test/test-server.ts";
import { Database, requireVersion } from "../database.ts";
import { MIGRATIONS } from "../migrations/list.ts";
import { isFaultOf, violatedUnique } from "../query-fault.ts";
import type { Queries } from "../tables.ts";

const account = async (): Promise<Awaited<ReturnType<typeof testDatabase>>> => {
  const made = await testDatabase();
  await sql`create table account (name text constraint account_name_unique unique, balance integer not null check (balance >= 0))`.execute(
    made.database.queries,
  );
  await sql`insert into account values ('ada', 10), ('bob', 10)`.execute(made.database.queries);
  return made;
};

const balance = async (queries: Queries, name: string): Promise<number> => {
  const { rows } = await sql<{ balance: number }>`select balance from account where name = ${name}`.execute(queries);
  return rows[0]?.balance ?? Number.NaN;
};

const add = (queries: Queries, name: string, amount: number): Promise<unknown> =>
  sql`update account set balance = balance + ${amount} where name = ${name}`.execute(queries);

test("a transaction is kept whole or not at all", async () => {
  const { database } = await account();

  await database.transaction(async (tx) => {
    await add(tx, "ada", -3);
    await add(tx, "bob", 3);
  });
  await assert.rejects(
    database.transaction(async (tx) => {
      await add(tx, "ada", -3);
      throw new Error("changed its mind");
    }),
    /changed its mind/,
  );

  assert.deepEqual([await balance(database.queries, "ada"), await balance(database.queries, "bob")], [7, 13]);
});

test("who breaks a unique constraint learns which, and nothing of the value gets into the fault", async () => {
  const { database } = await account();

  const refused = sql`insert into account values (${"ada"}, ${1})`.execute(database.queries);

  await assert.rejects(refused, (error: unknown) => {
    assert.equal(violatedUnique(error), "account_name_unique");
    assert.doesNotMatch(JSON.stringify(error), /ada/);
    return true;
  });
});

test("a value that does not fit is not repeated by the fault", async () => {
  const { database } = await account();

  const refused = sql`select ${"hunter2"}::uuid`.execute(database.queries);

  await assert.rejects(refused, (error: unknown) => {
    assert.ok(isFaultOf(error, "database_value_refused"));
    assert.doesNotMatch(`${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? String(error.stack) : ""}`, /hunter2/);
    return true;
  });
});

test("other rules of a table are told apart", async () => {
  const { database } = await account();

  await assert.rejects(add(database.queries, "ada", -100), { code: "database_value_refused" });
  await assert.rejects(sql`select from nowhere`.execute(database.queries), { code: "database_query_failed" });
});

test("two transactions that lock each other out are both carried out in the end", async () => {
  const { database } = await account();
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  let runs = 0;

  await Promise.all([
    database.transaction(async (tx) => {
      runs += 1;
      await add(tx, "ada", 1);
      first.resolve(undefined);
      await second.promise;
      await add(tx, "bob", 1);
    }),
    database.transaction(async (tx) => {
      runs += 1;
      await add(tx, "bob", 1);
      second.resolve(undefined);
      await first.promise;
      await add(tx, "ada", 1);
    }),
  ]);

  assert.equal(runs, 3, "one of them twice");
  assert.deepEqual([await balance(database.queries, "ada"), await balance(database.queries, "bob")], [12, 12]);
});

test("serializable transactions that read what others write are carried out again until they fit", async () => {
  const { database, another } = await account();
  const instances = [database, await another()];

  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      (instances[i % 2] ?? database).transaction(
        async (tx) => {
          const seen = await balance(tx, "ada");
          await sql`update account set balance = ${seen + 1} where name = 'ada'`.execute(tx);
        },
        { isolation: "serializable", attempts: 100 },
      ),
    ),
  );

  assert.equal(await balance(database.queries, "ada"), 18);
});

test("a transaction that always meets others is given up after the attempts that it has", async () => {
  const { database } = await account();
  let attempts = 0;

  const refused = database.transaction(
    async (tx) => {
      attempts += 1;
      await sql`do $$ begin raise exception using errcode = 'serialization_failure'; end $$`.execute(tx);
    },
    { attempts: 3 },
  );

  await assert.rejects(refused, { code: "database_conflict" });
  assert.equal(attempts, 3);
});

test("a transaction whose statement failed is not taken for one that was kept", async () => {
  const { database } = await account();

  const refused = database.transaction(async (tx) => {
    await add(tx, "ada", 1);
    await sql`select 1 / 0`.execute(tx).catch(() => undefined);
  });

  await assert.rejects(refused, { code: "database_transaction_aborted" });
  assert.equal(await balance(database.queries, "ada"), 10);
});

test("a statement that takes too long is cancelled", async () => {
  const { target } = await testDatabase();
  const database = await Database.open(target, { statementTimeoutMs: 50 });

  await assert.rejects(sql`select pg_sleep(60)`.execute(database.queries), { code: "database_statement_timeout" });
  assert.ok(await database.isReachable(), "the connection serves on");

  await database.close();
});

test("a pool that is used up says so after its patience", async () => {
  const { target } = await testDatabase();
  const database = await Database.open(target, { connections: 1, patienceMs: 100 });
  const release = Promise.withResolvers<undefined>();

  const holder = database.transaction(async (tx) => {
    await sql`select 1`.execute(tx);
    await release.promise;
  });
  await assert.rejects(sql`select 1`.execute(database.queries), { code: "database_busy" });
  release.resolve(undefined);

  await holder;
  assert.ok(await database.isReachable());
  await database.close();
});

test("connections that the server ends are replaced without anybody noticing", async () => {
  const { database } = await testDatabase();
  const { admin } = await testServer();
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.queries);

  await admin.query("select pg_terminate_backend($1, 10000)", [rows[0]?.pid]);

  assert.ok(await waitFor("an answer", () => database.isReachable()));
});

test("a connection that breaks within a transaction takes it along, and within a commit that is said", async () => {
  const { database } = await account();
  const { admin } = await testServer();
  const kill = async (queries: Queries): Promise<void> => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(queries);
    await admin.query("select pg_terminate_backend($1, 10000)", [rows[0]?.pid]);
  };

  await assert.rejects(
    database.transaction(async (tx) => {
      await add(tx, "ada", 1);
      await kill(tx);
      await add(tx, "ada", 1);
    }),
    { code: "database_connection_lost" },
  );
  await assert.rejects(
    database.transaction(async (tx) => {
      await add(tx, "ada", 1);
      await kill(tx);
    }),
    { code: "database_commit_unknown" },
  );

  assert.equal(await balance(database.queries, "ada"), 10);
});

test("a database that is not there is refused with a code of its own", async () => {
  const { server } = await testServer();

  await assert.rejects(Database.open({ ...server.target, database: "absent" }), { code: "database_refused" });
  await assert.rejects(Database.open({ ...server.target, host: "/nowhere" }, { patienceMs: 100 }), { code: "database_unreachable" });
});

test("the program's account has no rights beyond its database", async () => {
  const { database } = await testDatabase();

  await assert.rejects(sql`copy (select 1) to program 'true'`.execute(database.queries), (error: unknown) => {
    assert.ok(isFault(error));
    assert.equal(error.details["sqlstate"], "42501");
    return true;
  });
});

test("64-bit numbers come as numbers, and too large ones are refused instead of rounded", async () => {
  const { database } = await testDatabase();

  const { rows } = await sql<{ n: number }>`select count(*) as n from schema_migration`.execute(database.queries);

  assert.equal(rows[0]?.n, MIGRATIONS.length);
  await assert.rejects(sql`select 9007199254740993::bigint as n`.execute(database.queries), { code: "database_value_refused" });
});

test("a server that is too old is refused, and the fault says how old and how old it may be", () => {
  assert.throws(() => requireVersion(150_014), { code: "database_too_old", message: /PostgreSQL 15; this program works with 16/ });
  assert.doesNotThrow(() => requireVersion(160_000));
});
