import assert from "node:assert/strict";
import { test } from "node:test";
import { BitReader } from "./bit-reader.ts";

test("fields come in order, over byte borders, up to 32 bits", () => {
  const reader = new BitReader(Uint8Array.of(0b1010_0101, 0xff, 0xff, 0xff, 0xff, 0x80));

  assert.deepEqual([reader.read(1), reader.read(3), reader.read(0), reader.read(5), reader.read(32)], [1, 0b010, 0, 0b01011, 0xffff_ffff]);
  assert.equal(reader.left, 7);
});

test("past the end bits are 0, and the reader says so once and for all", () => {
  const reader = new BitReader(Uint8Array.of(0xff, 0xff, 0xff), 1, 2);

  assert.equal(reader.read(8), 0xff);
  assert.equal(reader.overrun, false);
  assert.equal(reader.flag(), false);
  assert.equal(reader.overrun, true);
  assert.equal(reader.left, 0);
  assert.equal(reader.read(32), 0);
  assert.equal(reader.overrun, true);
});

test("a field that is cut keeps the bits that are there in their place", () => {
  const reader = new BitReader(Uint8Array.of(0xf0));
  reader.skip(2);

  assert.equal(reader.read(8), 0b1100_0000);
  assert.equal(reader.overrun, true);
});

test("skipping far is an overrun, not an endless walk", () => {
  const reader = new BitReader(Uint8Array.of(1, 2));
  reader.skip(16);
  assert.equal(reader.overrun, false);
  reader.skip(Number.MAX_SAFE_INTEGER);
  assert.equal(reader.overrun, true);
  assert.equal(reader.left, 0);
});
