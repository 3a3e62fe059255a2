import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldsOf, missingEffects, type Halves } from "./field-effects.ts";

const declaration: Halves = {
  kind: "made_up",
  input: {
    properties: { port: {}, allowed: { items: {} }, sources: { items: { properties: { name: {} } } } },
  },
  output: {
    properties: {
      binding: { properties: { name: {}, strict: {} } },
      delay: { oneOf: [{ properties: { mode: {}, ms: {} } }, { properties: { mode: {}, frames: {} } }] },
    },
  },
};

const FIELDS = [
  ...["input.port", "input.allowed", "input.sources", "input.sources.name"],
  ...["output.binding.name", "output.binding.strict", "output.delay.mode", "output.delay.ms", "output.delay.frames"],
];

const effects = (fields: readonly string[]): string => fields.map((field) => `effectOf("${field}", "it does", () => {});`).join("\n");

test("every field is found, also within groups, lists and alternatives", () => {
  assert.deepEqual(fieldsOf(declaration), FIELDS);
});

test("a transport whose every effect is observed is right", () => {
  assert.deepEqual(missingEffects(declaration, effects(FIELDS)), []);
});

test("a field that nobody observes is named, one by one", () => {
  for (const field of FIELDS) {
    const problems = missingEffects(declaration, effects(FIELDS.filter((other) => other !== field)));
    assert.equal(problems.length, 1);
    assert.ok(problems.join().includes(` ${field} `), problems.join());
  }
});

test("an effect in a comment observes nothing, and one of a field that is gone is named", () => {
  const problems = missingEffects(declaration, `// ${effects(["input.port"])}\n${effects([...FIELDS.slice(1), "input.gone"])}`);
  assert.deepEqual(
    problems.map((problem) => /input\.\w+/.exec(problem)?.[0]),
    ["input.port", "input.gone"],
  );
});

test("a transport without a list is told so", () => {
  assert.match(missingEffects(declaration, undefined).join(), /made-up\/effects\.test\.ts is missing/);
});
