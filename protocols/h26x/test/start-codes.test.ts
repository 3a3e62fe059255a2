import assert from "node:assert/strict";
import { test } from "node:test";
import { BitReader } from "@bilbycast/foundation/bytes";
import { se, ue } from "../exp-golomb.ts";
import { StartCodes } from "../index.ts";
import { readRbsp } from "../rbsp.ts";
import { BitWriter } from "./bit-writer.ts";

type Seen = { bytes: number[]; whole: boolean; stamp: number };

const collect = (headSize: number): { codes: StartCodes; seen: Seen[] } => {
  const seen: Seen[] = [];
  const unit = (head: Uint8Array, size: number, whole: boolean, stamp: number): void => {
    seen.push({ bytes: [...head.subarray(0, size)], whole, stamp });
  };
  return { codes: new StartCodes({ unit }, headSize), seen };
};

const STREAM = Uint8Array.of(9, 0, 0, 1, 0x67, 1, 0, 2, 0, 0, 0, 1, 0x68, 0, 0, 1, 0, 0, 1, 0x65, 5, 0, 0, 3, 1, 7, 0);
const UNITS = [[0x67, 1, 0, 2, 0], [0x68], [0x65, 5, 0, 0, 3, 1, 7, 0]];

test("units are the same wherever the bytes are cut", () => {
  for (let first = 0; first <= STREAM.length; first++) {
    for (let second = first; second <= STREAM.length; second++) {
      const { codes, seen } = collect(64);
      codes.push(STREAM, 0, first);
      codes.push(STREAM, first, second);
      codes.push(STREAM, second, STREAM.length);
      codes.flush();

      assert.deepEqual(
        seen.map(({ bytes }) => bytes),
        UNITS,
      );
    }
  }
});

test("a unit is forgotten when bytes are left out of it, and a start code begins the next", () => {
  const { codes, seen } = collect(64);
  codes.push(STREAM, 0, 18);
  codes.skip();
  codes.push(Uint8Array.of(0, 0, 1, 0x41, 9, 0, 0, 1, 0x42, 9), 0, 10);
  codes.flush();

  assert.deepEqual(
    seen.map(({ bytes }) => bytes),
    [[0x67, 1, 0, 2, 0], [0x68], [0x41, 9], [0x42, 9]],
  );
});

test("bytes behind what was left out belong to no unit", () => {
  const { codes, seen } = collect(64);
  codes.push(Uint8Array.of(0, 0, 1, 0x65, 7), 0, 5);
  codes.skip();
  codes.push(Uint8Array.of(1, 2, 3, 0, 0, 1, 0x41), 0, 7);
  codes.flush();

  assert.deepEqual(
    seen.map(({ bytes }) => bytes),
    [[0x41]],
  );
});

test("a long unit is reported once, as soon as it is seen to be longer than its head", () => {
  const { codes, seen } = collect(4);

  codes.push(Uint8Array.of(0, 0, 1, 1, 2, 3, 4, 5, 6, 7), 0, 10);
  assert.deepEqual(seen, []);
  codes.push(Uint8Array.of(8), 0, 1);
  assert.deepEqual(seen, [{ bytes: [1, 2, 3, 4], whole: false, stamp: -1 }]);

  codes.push(Uint8Array.of(8, 0, 0, 1, 9, 8, 7, 6, 0, 0, 1), 0, 11);
  assert.deepEqual(seen.slice(1), [{ bytes: [9, 8, 7, 6], whole: true, stamp: -1 }]);
});

test("a stamp belongs to the first unit that begins after it", () => {
  const { codes, seen } = collect(16);

  codes.push(Uint8Array.of(0, 0, 1, 1), 0, 4);
  codes.stamp(77);
  codes.push(Uint8Array.of(2, 0, 0, 1, 3, 0, 0, 1, 4), 0, 9);
  codes.flush();

  assert.deepEqual(
    seen.map(({ stamp }) => stamp),
    [-1, 77, -1],
  );
});

test("after a break nothing is taken before the next start code", () => {
  const { codes, seen } = collect(16);

  codes.push(Uint8Array.of(0, 0, 1, 1, 2, 0, 0), 0, 7);
  codes.flush();
  codes.push(Uint8Array.of(1, 8, 8, 0, 0, 1, 3), 0, 7);
  codes.flush();

  assert.deepEqual(
    seen.map(({ bytes }) => bytes),
    [[1, 2, 0, 0], [3]],
  );
});

test("emulation prevention bytes are taken out, and only those", () => {
  const nal = Uint8Array.of(0x67, 0, 0, 3, 1, 0, 3, 0, 0, 3, 0, 0, 3);

  assert.deepEqual([...readRbsp(nal, 1, nal.length)], [0, 0, 1, 0, 3, 0, 0, 0, 0]);
  assert.equal(nal[3], 3);
});

test("exp-Golomb codes are read as they are written, up to the largest", () => {
  const values = [0, 1, 2, 3, 7, 8, 254, 255, 65_535, 2 ** 31, 2 ** 32 - 2];
  const writer = new BitWriter();
  for (const value of values) {
    writer.ue(value);
  }
  const reader = new BitReader(writer.bytes());

  assert.deepEqual(
    values.map(() => ue(reader)),
    values,
  );
  assert.equal(reader.overrun, false);
});

test("signed codes go up and down from zero", () => {
  const writer = new BitWriter();
  for (let code = 0; code < 5; code++) {
    writer.ue(code);
  }
  const reader = new BitReader(writer.bytes());

  assert.deepEqual(
    Array.from({ length: 5 }, () => se(reader)),
    [-0, 1, -1, 2, -2],
  );
});

test("a code of zeros without an end is an overrun, not a number", () => {
  for (const size of [0, 1, 4, 100]) {
    const reader = new BitReader(new Uint8Array(size));
    assert.equal(ue(reader), 0);
    assert.equal(reader.overrun, true);
  }
});
