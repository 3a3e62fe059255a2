import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { DATABASE_FAULTS } from "../faults.ts";

const FOLDER = new URL("..", import.meta.url).pathname;

test("every fault of the database is declared, and every declared one is made somewhere", () => {
  const sources = globSync("**/*.ts", { cwd: FOLDER, exclude: (name) => name.endsWith("test") || name === "faults.ts" });
  const made = new Set(
    sources.flatMap((file) =>
      [...readFileSync(`${FOLDER}${file}`, "utf8").matchAll(/"(database_[a-z_]+)"/g)].map(([, code]) => code ?? ""),
    ),
  );

  assert.deepEqual([...made].toSorted(), Object.keys(DATABASE_FAULTS).toSorted());
});
