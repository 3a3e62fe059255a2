import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { migrate, objectsIn } from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";
import { ConfigStore } from "../src/config-store.ts";
import { NOT_BUILT, NOT_BUILT_AS_INPUT, guideConfig, guideExamples } from "./config-guide.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const kinds = new Set<string>(declarations.map(({ kind }) => kind));

/** Paths of the parts whose type is not built yet. */
const notBuiltIn = (document: Record<string, unknown>): string[] =>
  ["inputs", "outputs"].flatMap((list) =>
    objectsIn(document, list).flatMap(({ type }, index) => {
      const lacks = [...NOT_BUILT, ...(list === "inputs" ? NOT_BUILT_AS_INPUT : [])];
      return lacks.some((kind) => kind === type) ? [`${list}[${index}]`] : [];
    }),
  );

for (const name of guideExamples()) {
  test(`the guide's example ${name} loads, saves and loads the same`, async (t) => {
    const given = guideConfig(name);
    const path = join(temporaryFolder(t), "config.json");
    writeFileSync(path, JSON.stringify(given));

    const first = await ConfigStore.open(path, declarations);
    await first.commit(first.prepare(() => undefined));
    const second = await ConfigStore.open(path, declarations);

    assert.deepEqual(second.document, first.document);
    assert.deepEqual(second.config, first.config);
    const expected = migrate(given).document;
    assert.deepEqual(first.document, { ...expected, node_id: first.config.node_id });
    assert.deepEqual(
      second.broken.flatMap(({ path: at, problems }) => problems.map((problem) => [at, problem.path, problem.code])),
      notBuiltIn(expected).map((at) => [at, `${at}.type`, "type_unknown"]),
    );
  });
}

test("the list of types that are not built yet names none that is", (t) => {
  t.diagnostic(`${guideExamples().length} examples; not built yet: ${NOT_BUILT.join(", ")}`);

  assert.ok(guideExamples().length >= 49);
  assert.deepEqual(
    NOT_BUILT.filter((kind) => kinds.has(kind)),
    [],
  );
  const inputs = new Set(declarations.filter(({ input }) => input !== undefined).map(({ kind }) => kind));
  assert.deepEqual(
    NOT_BUILT_AS_INPUT.filter((kind) => inputs.has(kind)),
    [],
  );
  const used = guideExamples().flatMap((name) => {
    const { document } = migrate(guideConfig(name));
    return ["inputs", "outputs"].flatMap((list) => objectsIn(document, list).map((part) => part["type"]));
  });
  assert.deepEqual(
    used.filter((kind) => typeof kind !== "string" || (!kinds.has(kind) && !NOT_BUILT.some((other) => other === kind))),
    [],
  );
});
