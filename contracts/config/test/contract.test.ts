import assert from "node:assert/strict";
import { test } from "node:test";
import { effective } from "../document.ts";
import { secretFields } from "../secrets.ts";
import { configJsonSchema, configSchema } from "../shape.ts";
import { declarations } from "./declarations.ts";

test("secret fields are found at every depth, by their marks alone", () => {
  assert.deepEqual(secretFields(declarations), [
    { side: "input", kind: "wire", path: ["key"] },
    { side: "output", kind: "wire", path: ["second", "token"] },
  ]);
});

test("the JSON Schema has one branch per type, with its defaults", () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema(declarations))) as {
    properties: { inputs: { items: { oneOf: { properties: Record<string, { const?: string; default?: unknown }> }[] } } };
  };

  const branches = schema.properties.inputs.items.oneOf;
  assert.deepEqual(
    branches.map((branch) => branch.properties["type"]?.const),
    ["wire", "tone"],
  );
  assert.equal(branches[1]?.properties["hz"]?.default, 1000);
});

test("the whole schema keeps keys that it does not know", () => {
  const document = { version: 2, cellular_uplinks: [1], inputs: [{ type: "tone", id: "t", name: "t", later: true }] };

  const parsed = configSchema(declarations).parse(document);

  assert.equal(parsed.inputs[0]?.["later"], true);
  assert.deepEqual(parsed["cellular_uplinks"], [1]);
});

test("what is in force is what was written, with the defaults of what was not", () => {
  const written = { a: { unknown: 1, known: 2 }, list: [{ x: 1, extra: true }] };
  const checked = { a: { known: 2, filled: 3 }, list: [{ x: 1, y: 2 }], absent: undefined };

  assert.deepEqual(effective(written, checked), { a: { unknown: 1, known: 2, filled: 3 }, list: [{ x: 1, extra: true, y: 2 }] });
});
