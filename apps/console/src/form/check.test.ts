import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../live/merge-patch.ts";
import { problemsOf } from "./check.ts";
import { getAt, pathOf, pathText, setAt } from "./edit.ts";
import { fieldsOf } from "./field.ts";
import type { Schema } from "./schema.ts";
import { placeholderOf, typedOf } from "./text.ts";
import { wordsOf } from "./words.ts";

const SCHEMA: Schema = {
  type: "object",
  required: ["addr", "mode"],
  properties: {
    addr: { type: "string", title: "Address", format: "socket-address" },
    mode: { enum: ["caller", "listener"] },
    latency_ms: { type: "integer", minimum: 20, maximum: 8_000, unit: "ms", default: 120 },
    rate: { type: "number", exclusiveMinimum: 0 },
    word: { type: "string", minLength: 10, secret: true },
    paths: { type: "array", minItems: 2, maxItems: 3, items: { type: "string", format: "ip-address" } },
    delay: {
      oneOf: [
        {
          type: "object",
          required: ["mode", "ms"],
          properties: { mode: { const: "fixed" }, ms: { type: "integer" } },
          additionalProperties: false,
        },
        { type: "object", required: ["mode"], properties: { mode: { const: "none" } }, additionalProperties: false },
      ],
    },
  },
};
const fields = fieldsOf(SCHEMA, SCHEMA);
const GOOD = { addr: "10.0.0.1:5000", mode: "caller" };
const said = (value: Json): string[] => problemsOf(fields, value).map(({ path, message }) => `${pathText(path)}: ${message}`);

const CASES: [what: string, value: Record<string, Json>, expected: string[]][] = [
  ["nothing that is wrong", GOOD, []],
  ["what is needed", { mode: "caller" }, ["addr: Address is needed."]],
  ["an address without a port", { ...GOOD, addr: "10.0.0.1" }, ["addr: Write an IP address and a port, like 10.0.0.1:5000 or [::1]:5000."]],
  ["a number outside its range", { ...GOOD, latency_ms: 9_000 }, ["latency_ms: Use 20 to 8000 ms."]],
  ["a number that is not whole", { ...GOOD, latency_ms: 20.5 }, ["latency_ms: Use a whole number."]],
  ["a number that must be more", { ...GOOD, rate: 0 }, ["rate: Use more than 0."]],
  ["a word that is too short", { ...GOOD, word: "short" }, ["word: Use at least 10 characters; it has 5."]],
  ["a choice that is none", { ...GOOD, mode: "both" }, ["mode: Choose one of caller, listener."]],
  [
    "a list that is too short, and one of its entries",
    { ...GOOD, paths: ["x"] },
    ["paths: Add 1 more: 2 at least.", "paths[0]: Write an IP address without a port, like 10.0.0.1 or ::1."],
  ],
  ["a variant without its field", { ...GOOD, delay: { mode: "fixed" } }, ["delay.ms: MS is needed."]],
  ["a variant that there is not", { ...GOOD, delay: {} }, ["delay.mode: Choose one of fixed, none."]],
  [
    "other types than the schema's",
    { addr: 5, mode: "caller", latency_ms: "120", paths: {} },
    ["addr: Must be text.", "latency_ms: Must be a number.", "paths: Must be a list."],
  ],
];

for (const [what, value, expected] of CASES) {
  test(`${what} is said in words`, () => {
    assert.deepEqual(
      said(value).map((line) => line.replace("Ms is", "MS is")),
      expected,
    );
  });
}

test("numbers are read as people write them, and text stays what it was", () => {
  const [addr, , latency] = fields;
  assert.ok(addr !== undefined && latency !== undefined);

  assert.deepEqual(typedOf(latency, "1 200"), { value: 1_200 });
  assert.deepEqual(typedOf(latency, "12,5"), { value: 12.5 });
  assert.deepEqual(typedOf(latency, ""), { value: undefined });
  assert.ok("problem" in typedOf(latency, "0x10"));
  assert.ok("problem" in typedOf(latency, "soon"));
  assert.deepEqual(typedOf(addr, "12"), { value: "12" });
  assert.equal(placeholderOf(latency), "120");
});

test("an edit keeps the order of the fields and everything that it does not touch", () => {
  const document = { b: { x: 1, y: [1, 2] }, a: 2 };

  assert.equal(JSON.stringify(setAt(document, ["b", "x"], 5)), '{"b":{"x":5,"y":[1,2]},"a":2}');
  assert.equal(JSON.stringify(setAt(document, ["b", "y", 0], undefined)), '{"b":{"x":1,"y":[2]},"a":2}');
  assert.equal(JSON.stringify(setAt(document, ["c", "d"], 1)), '{"b":{"x":1,"y":[1,2]},"a":2,"c":{"d":1}}');
  assert.equal(JSON.stringify(setAt(document, ["b"], undefined)), '{"a":2}');
  assert.equal(getAt(document, ["b", "y", 1]), 2);
  assert.equal(getAt(document, ["b", "toString"]), undefined);
  assert.deepEqual(document, { b: { x: 1, y: [1, 2] }, a: 2 });
});

test("paths are read as they are written", () => {
  const path = ["inputs", 2, "redundancy", "local_addr"];

  assert.equal(pathText(path), "inputs[2].redundancy.local_addr");
  assert.deepEqual(pathOf(pathText(path)), path);
});

test("names become words", () => {
  assert.deepEqual(["max_bitrate_mbps", "aes-ctr", "target_ms", "pmt_pid", "name", "audio_302m"].map(wordsOf), [
    "Max bitrate",
    "AES-CTR",
    "Target ms",
    "PMT PID",
    "Name",
    "Audio 302m",
  ]);
});
