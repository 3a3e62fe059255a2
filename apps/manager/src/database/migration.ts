import { createHash } from "node:crypto";
import { check } from "@bilbycast/foundation/check";
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";

/** The database as a migration sees it: the tables of its day, whatever they are called today. */
// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own advice: types of later days would make an old migration not compile.
export type MigrationTables = any;

/**
 * Statements that carry the database one version on. It is one transaction; statements have no parameters (`sql.lit` puts
 * a value into the text), so that what a version did can be kept as a text.
 */
export type MigrationStep = (tx: Kysely<MigrationTables>) => Promise<void>;

export type Migration = { version: number; name: string; up: MigrationStep };

/** The statements that a migration carries out, found by carrying it out on nothing. */
export const statementsOf = async (migration: Migration): Promise<string[]> => {
  const statements: string[] = [];
  const recorder = new Kysely<MigrationTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (database) => new PostgresIntrospector(database),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query }) => {
      check(query.parameters.length === 0, `migration ${migration.version} has a statement with parameters: ${query.sql}`);
      statements.push(query.sql);
    },
  });
  await migration.up(recorder);
  return statements;
};

/** What a migration does, whatever its text looks like: comments and the layout of statements do not count. */
export const checksumOf = async (migration: Migration): Promise<string> => {
  const text = (await statementsOf(migration)).map((statement) => statement.replace(/\s+/g, " ").trim()).join(";\n");
  return createHash("sha256").update(text).digest("hex");
};
