import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test, type TestContext } from "node:test";

const ROOT = new URL("../..", import.meta.url);

/** A field by its side and its path in the configuration: `input.bind_addr`, `output.delay.ms`. */
type Field = `${"input" | "output"}.${string}`;

/** A test of what one field changes on the wire, in a counter or in a file. `tools/field-effects.ts` looks for these by their first word. */
export const effectOf = (field: Field, effect: string, run: (t: TestContext) => void | Promise<void>): void => {
  test(`${field}: ${effect}`, run);
};

/** Says that a test elsewhere observes the effect: `file` from the root of the tree, and the words with which that test begins. */
export const observedIn = (field: Field, file: string, words: string): void => {
  test(`${field} is observed in ${file}`, () => {
    assert.ok(readFileSync(new URL(file, ROOT), "utf8").includes(words), `${file} has no test "${words}"`);
  });
};
