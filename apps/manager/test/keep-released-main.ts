import { existsSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { migrate } from "../src/database/migrate.ts";
import { statementsOf } from "../src/database/migration.ts";
import { MIGRATIONS } from "../src/database/migrations/list.ts";
import { releasedFiles, statementsText } from "./released.ts";
import { schemaText } from "./schema-text.ts";
import { emptyDatabase } from "./test-database.ts";

// node tools/run.cjs apps/manager/test/keep-released-main.ts: keeps what each migration does that is not kept yet. What is
// kept stays: delete a file by hand while its migration is not released.

test("every migration is kept", async () => {
  const { database } = await emptyDatabase();
  for (const [index, migration] of MIGRATIONS.entries()) {
    await migrate(database, MIGRATIONS.slice(0, index + 1));
    const files = releasedFiles(migration);
    if (!existsSync(files.statements)) {
      writeFileSync(files.statements, statementsText(await statementsOf(migration)));
    }
    if (!existsSync(files.schema)) {
      writeFileSync(files.schema, await schemaText(database.queries));
    }
  }
});
