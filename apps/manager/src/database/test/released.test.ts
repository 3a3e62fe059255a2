import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { readReleased, statementsText } from "../../../test/released.ts";
import { schemaText } from "../../../test/schema-text.ts";
import { emptyDatabase, testDatabase } from "../../../test/test-database.ts";
import type { Database } from "../database.ts";
import { migrate } from "../migrate.ts";
import { checksumOf, statementsOf } from "../migration.ts";
import { MIGRATIONS } from "../migrations/list.ts";

const KEEP = "run node tools/run.cjs apps/manager/test/keep-released-main.ts";

/** Brings an empty database to a version by the statements that were kept when it was released, not by those of today. */
const release = async (database: Database, version: number): Promise<void> => {
  for (const migration of MIGRATIONS.slice(0, version)) {
    for (const statement of readReleased(migration)?.statements ?? []) {
      await sql.raw(statement).execute(database.queries);
    }
    const { name } = migration;
    await database.queries
      .insertInto("schema_migration")
      .values({ version: migration.version, name, checksum: await checksumOf(migration) })
      .execute();
  }
};

/** Without what the layout of the source does to it. */
const folded = (statements: readonly string[]): string => statementsText(statements).replace(/\s+/g, " ");

for (const migration of MIGRATIONS) {
  test(`migration ${migration.version} (${migration.name}) is kept, and does what it did when it was`, async () => {
    const kept = readReleased(migration);

    assert.ok(kept !== undefined, `it is not kept: ${KEEP}`);
    assert.equal(folded(await statementsOf(migration)), folded(kept.statements));
  });

  test(`from version ${migration.version} (${migration.name}) the newest is reached, and equals a fresh one`, async () => {
    const { database } = await emptyDatabase();
    const fresh = await testDatabase();
    await release(database, migration.version);
    assert.equal(await schemaText(database.queries), readReleased(migration)?.schema);

    await migrate(database);

    assert.equal(await schemaText(database.queries), await schemaText(fresh.database.queries));
  });
}
