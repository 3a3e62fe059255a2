import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeeperThan, JSON_DEPTH, outgrows } from "./json-depth.ts";

const nested = (depth: number, open: string, close: string): unknown => JSON.parse(open.repeat(depth) + "1" + close.repeat(depth));

test("the value itself counts, and lists as objects do", () => {
  assert.equal(isDeeperThan("text", 0), false);
  assert.equal(isDeeperThan(null, 0), false);
  assert.equal(isDeeperThan({}, 0), true);
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    assert.equal(isDeeperThan(nested(JSON_DEPTH, open, close), JSON_DEPTH), false);
    assert.equal(isDeeperThan(nested(JSON_DEPTH + 1, open, close), JSON_DEPTH), true);
    assert.equal(isDeeperThan(nested(100_000, open, close), JSON_DEPTH), true, "and it ends there");
  }
});

test("the deepest member counts, wherever it stands and whatever it is called", () => {
  assert.equal(isDeeperThan(JSON.parse('{"a":1,"b":[1,{"__proto__":{"c":{}}}]}'), 4), true);
  assert.equal(isDeeperThan(JSON.parse('{"a":1,"b":[1,{"__proto__":{"c":{}}}]}'), 5), false);
  assert.equal(isDeeperThan({ a: { b: 1 }, c: { d: { e: {} } }, f: [] }, 3), true);
});

test("objects and lists are counted all together", () => {
  const value = { list: [{}, {}, { inner: [] }], text: "no holder", none: null };
  assert.equal(outgrows(value, { depth: 9, holders: 6 }), false);
  assert.equal(outgrows(value, { depth: 9, holders: 5 }), true);
  assert.equal(outgrows(value, { depth: 3, holders: 6 }), true);
  assert.equal(outgrows(7, { depth: 0, holders: 0 }), false);
});
