import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { sql } from "kysely";
import { emptyDatabase, testDatabase } from "../../../test/test-database.ts";
import { migrate, versionOf } from "../migrate.ts";
import { checksumOf, type Migration, statementsOf } from "../migration.ts";
import { MIGRATIONS } from "../migrations/list.ts";

const LAST = MIGRATIONS.at(-1)?.version ?? 0;
const NEXT = LAST + 1;

const extra = (up: Migration["up"], version = NEXT): Migration => ({ version, name: "extra", up });

const makesTable = extra(async (tx) => {
  await sql`create table extra (id integer)`.execute(tx);
});

test("the list has every file of migrations, in order and without gaps", () => {
  const files = readdirSync(new URL("../migrations", import.meta.url)).filter((name) => /^\d/.test(name));

  assert.deepEqual(
    files.toSorted(),
    MIGRATIONS.map(({ version, name }) => `${String(version).padStart(4, "0")}-${name}.ts`),
  );
});

test("an empty database gets every migration, and none a second time", async () => {
  const { database } = await emptyDatabase();

  assert.equal(await versionOf(database.queries), 0);
  assert.deepEqual(await migrate(database), { from: 0, to: LAST });
  assert.deepEqual(await migrate(database), { from: LAST, to: LAST });
});

test("instances that start at once migrate once", async () => {
  const { database, another } = await emptyDatabase();
  const others = [await another(), await another()];

  await Promise.all([database, ...others].map((each) => migrate(each, [...MIGRATIONS, makesTable])));

  assert.equal(await versionOf(database.queries), NEXT);
});

test("a migration that fails leaves the database as it was, and the next start tries again", async () => {
  const { database } = await testDatabase();
  const broken = extra(async (tx) => {
    await sql`create table extra (id integer)`.execute(tx);
    await sql`create table extra (id integer)`.execute(tx);
  });

  await assert.rejects(migrate(database, [...MIGRATIONS, broken]), { code: "database_migration_failed" });
  const { rows } = await sql<{ there: boolean }>`select to_regclass('extra') is not null as there`.execute(database.queries);

  assert.deepEqual(rows, [{ there: false }]);
  assert.deepEqual(await migrate(database, [...MIGRATIONS, makesTable]), { from: LAST, to: NEXT });
});

test("a database that a newer program migrated is refused", async () => {
  const { database } = await testDatabase();
  await migrate(database, [...MIGRATIONS, makesTable]);

  await assert.rejects(migrate(database), { code: "database_newer_than_program", message: /at version \d+ \(extra\)/ });
});

test("a database that had another migration of this number is refused", async () => {
  const { database } = await testDatabase();
  await migrate(database, [...MIGRATIONS, makesTable]);
  const other = extra(async (tx) => {
    await sql`create table extra (id bigint)`.execute(tx);
  });

  await assert.rejects(migrate(database, [...MIGRATIONS, other]), { code: "database_migration_changed" });
});

test("the layout of a statement is not what it does", async () => {
  const folded = extra(async (tx) => {
    await sql`create table
      extra (id   integer)`.execute(tx);
  });

  assert.equal(await checksumOf(folded), await checksumOf(makesTable));
});

test("a statement with parameters is no migration", async () => {
  const withParameter = extra(async (tx) => {
    await sql`select ${1}`.execute(tx);
  });

  await assert.rejects(statementsOf(withParameter), /parameters/);
});
