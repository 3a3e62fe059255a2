import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNamespace } from "@bilbycast/testkit/namespace";
import { stepsOf } from "./docs-blocks.ts";
import { wayOf, WAYS } from "./docs-commands.ts";
import type { Tour } from "./docs-run.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Documents whose commands a reader types, with those commands. */
const DOCUMENTS = ["README.md", ...readdirSync(`${ROOT}docs/guide`).map((name) => `docs/guide/${name}`)]
  .map((document) => ({ document, steps: stepsOf(readFileSync(ROOT + document, "utf8")) }))
  .filter(({ steps }) => steps.length > 0);

test("the documents have commands, and what is said of commands is said of one that is there", () => {
  const commands = DOCUMENTS.flatMap(({ steps }) => steps.map(({ command }) => command));

  assert.deepEqual(DOCUMENTS.map(({ document }) => document).toSorted(), [
    "README.md",
    "docs/guide/first-flow.md",
    "docs/guide/manager-first-steps.md",
    "docs/guide/switcher-api.md",
  ]);
  assert.deepEqual(
    WAYS.filter((way) => !commands.some((command) => wayOf(command) === way)).map((way) => String(way.command)),
    [],
  );
});

for (const { document, steps } of DOCUMENTS) {
  test(`every command of ${document} does what the document says`, async () => {
    const tour = (await runInNamespace(new URL("./docs-run.ts", import.meta.url), { DOCUMENT: document })) as Tour;

    assert.deepEqual(tour, {
      run: steps.filter(({ command }) => wayOf(command)?.instead === undefined && wayOf(command)?.never === undefined).length,
      replaced: steps.filter(({ command }) => wayOf(command)?.instead !== undefined).length,
      left: steps.filter(({ command }) => wayOf(command)?.never !== undefined).length,
    });
    const benchmarks = steps.filter(({ command }) => command.startsWith("npm run bench -- ")).length;
    assert.ok(tour.run > tour.left - benchmarks, "most of a document is run as it stands");
  });
}
