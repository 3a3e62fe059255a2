import assert from "node:assert/strict";
import { test } from "node:test";
import { eachNalUnit, H264ParameterSets, h264Role, hevcRole } from "../index.ts";

const unitsOf = (...bytes: number[]): string[] => {
  const units: string[] = [];
  eachNalUnit(Uint8Array.from(bytes), 0, bytes.length, (nal) => units.push(Buffer.from(nal).toString("hex")));
  return units;
};

test("NAL units stand between start codes of three or four bytes, without zeros behind them", () => {
  assert.deepEqual(unitsOf(0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 0, 1, 0x65, 0, 0, 3, 1), [
    "670102",
    "6803",
    "65000003 01".replace(" ", ""),
  ]);
});

test("bytes before the first start code, and units of nothing, are none", () => {
  assert.deepEqual(unitsOf(1, 2, 3), []);
  assert.deepEqual(unitsOf(9, 9, 0, 0, 1, 0, 0, 1, 0x41, 0xff, 0, 0, 1), ["41ff"]);
  assert.deepEqual(unitsOf(0, 0, 1), []);
  assert.deepEqual(unitsOf(), []);
});

test("what each NAL unit is to somebody who carries them", () => {
  const roles = (role: typeof h264Role, ...nals: number[][]): string[] => nals.map((nal) => role(Uint8Array.from(nal)));
  assert.deepEqual(
    roles(h264Role, [0x65, 0x88], [0x41, 0x9a], [0x41, 0x88], [0x09, 0xf0], [0x0c, 0xff], [0x06, 6, 1, 0xc4, 0x80], [0x06, 5, 1, 0, 0x80]),
    ["random_access_slice", "slice", "intra_slice", "dispensable", "dispensable", "recovery_point", "other"],
  );
  assert.deepEqual(roles(hevcRole, [0x26, 1], [0x2a, 1], [0x02, 1], [0x46, 1], [0x4e, 1]), [
    "random_access_slice",
    "random_access_slice",
    "slice",
    "dispensable",
    "other",
  ]);
});

test("parameter sets that are cut off, far too long or of no known form are taken and kept from the decoder", () => {
  const sets = new H264ParameterSets();
  assert.equal(sets.take(Uint8Array.of(0x67)), true);
  assert.equal(sets.take(new Uint8Array(5_000).fill(0x67)), true);
  assert.equal(sets.take(Uint8Array.of(0x68)), true);
  assert.equal(sets.take(Uint8Array.of(0x65, 1)), false);
  assert.deepEqual([sets.record(), sets.format(), sets.revision], [undefined, undefined, 0]);
});
