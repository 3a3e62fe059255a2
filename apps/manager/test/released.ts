import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Migration } from "../src/database/migration.ts";

/** What a migration did when it was released: its statements, and the schema that it led to. */
export type Released = { statements: string[]; schema: string };

const SEPARATOR = "\n;;\n";

const fileOf = ({ version, name }: Migration, kind: "sql" | "schema.txt"): string =>
  fileURLToPath(new URL(`../src/database/fixtures/${String(version).padStart(4, "0")}-${name}.${kind}`, import.meta.url));

export const releasedFiles = (migration: Migration): { statements: string; schema: string } => ({
  statements: fileOf(migration, "sql"),
  schema: fileOf(migration, "schema.txt"),
});

/** The kept form of a migration; `undefined` when nobody kept it yet. */
export const readReleased = (migration: Migration): Released | undefined => {
  const { statements, schema } = releasedFiles(migration);
  return existsSync(statements) && existsSync(schema)
    ? { statements: readFileSync(statements, "utf8").trimEnd().split(SEPARATOR), schema: readFileSync(schema, "utf8") }
    : undefined;
};

export const statementsText = (statements: readonly string[]): string => `${statements.map((each) => each.trim()).join(SEPARATOR)}\n`;
