import { Fault, faultBodyOf } from "@bilbycast/foundation/fault";
import { sql } from "kysely";
import { lockKey } from "./advisory-lock.ts";
import type { Database } from "./database.ts";
import { checksumOf, type Migration } from "./migration.ts";
import { MIGRATIONS } from "./migrations/list.ts";
import type { Queries } from "./tables.ts";

const LOCK = lockKey("schema migrations");

/** Longer than any transaction of a manager, shorter than the patience of whoever waits for it to start. */
const LOCK_TIMEOUT = "60s";

/** What a run of the migrations came to. */
export type MigrationOutcome = { from: number; to: number };

/**
 * Brings the database to this program's version. Any number of managers may start at once: one migrates, the others wait
 * and find nothing left. Each migration is kept whole or not at all; those before one that fails stay.
 */
export const migrate = async (database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<MigrationOutcome> => {
  const before = await versionOf(database.queries);
  let version = before;
  for (;;) {
    const next = await migrateOnce(database, migrations);
    if (next === undefined) {
      return { from: before, to: version };
    }
    version = next;
  }
};

/** The next migration, if there is one left; its version. */
const migrateOnce = (database: Database, migrations: readonly Migration[]): Promise<number | undefined> =>
  database.transaction(async (tx) => {
    // Falls with the transaction. Whoever comes second reads the versions after the first one's commit.
    await sql`set local statement_timeout = 0`.execute(tx);
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx);
    const applied = await appliedTo(tx);
    await compare(applied, migrations);
    const migration = migrations[applied.length];
    if (migration === undefined) {
      return undefined;
    }
    await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(tx);
    const checksum = await checksumOf(migration);
    try {
      await migration.up(tx);
    } catch (cause) {
      throw failed(migration, cause);
    }
    await tx.insertInto("schema_migration").values({ version: migration.version, name: migration.name, checksum }).execute();
    return migration.version;
  });

const failed = (migration: Migration, cause: unknown): Fault =>
  new Fault(
    "database_migration_failed",
    `Migration ${migration.version} (${migration.name}) could not be carried out: ${faultBodyOf(cause).message}`,
    { cause },
  );

/** The version that a database is at; 0 for an empty one. */
export const versionOf = async (queries: Queries): Promise<number> => (await appliedTo(queries)).at(-1)?.version ?? 0;

type Applied = { version: number; name: string; checksum: string };

const appliedTo = async (queries: Queries): Promise<Applied[]> => {
  // Not `to_regclass`, which answers out of what the session remembers, and that may be older than the lock.
  const { rows } = await sql<{ there: boolean }>`
    select exists (select from pg_tables where schemaname = current_schema() and tablename = 'schema_migration') as there`.execute(queries);
  return rows[0]?.there === true
    ? queries.selectFrom("schema_migration").select(["version", "name", "checksum"]).orderBy("version").execute()
    : [];
};

/** Refuses a database that has had what this program does not know. */
const compare = async (applied: readonly Applied[], migrations: readonly Migration[]): Promise<void> => {
  const newest = applied.at(-1);
  if (newest !== undefined && applied.length > migrations.length) {
    throw new Fault(
      "database_newer_than_program",
      `The database is at version ${newest.version} (${newest.name}), and this program knows ${migrations.length}. Run the newer program, or restore a backup of before.`,
      { details: { database: newest.version, program: migrations.length } },
    );
  }
  for (const [index, { version, name, checksum }] of applied.entries()) {
    const migration = migrations[index];
    if (migration?.version !== version || checksum !== (await checksumOf(migration))) {
      throw new Fault(
        "database_migration_changed",
        `The database has had a migration ${version} (${name}) that is another one in this program.`,
        { details: { version } },
      );
    }
  }
};
