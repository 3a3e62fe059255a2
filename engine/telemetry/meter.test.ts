import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckFailed } from "@bilbycast/foundation/check";
import { Meter, MeterTable } from "./meter.ts";

test("a meter counts exactly to 2^53, and what it shows is what every reader of the table sees", () => {
  const table = new MeterTable(4);
  const meter = new Meter(table.values, 2);
  meter.add(2 ** 53 - 2);
  meter.add(1);
  assert.equal(meter.value, Number.MAX_SAFE_INTEGER);
  assert.deepEqual([...new Float64Array(table.buffer)], [0, 0, Number.MAX_SAFE_INTEGER, 0]);

  meter.set(7);

  assert.equal(meter.value, 7);
});

test("a meter outside of its table is a bug of ours", () => {
  const table = new MeterTable(4);
  assert.throws(() => new Meter(table.values, 4), CheckFailed);
  assert.throws(() => new Meter(table.values, -1), CheckFailed);
});

test("blocks do not overlap, and a full table says so", () => {
  const table = new MeterTable(10);
  assert.deepEqual([table.allocate(3), table.allocate(4), table.allocate(4), table.allocate(3)], [0, 3, undefined, 7]);
  assert.equal(table.allocate(1), undefined);
});

test("a block that came back is given again to a part of the same size, as zeroes", () => {
  const table = new MeterTable(10);
  const first = table.allocate(3) ?? -1;
  const second = table.allocate(4) ?? -1;
  table.values.fill(9);
  table.release(first, 3);
  table.release(second, 4);

  assert.equal(table.allocate(4), second);
  assert.equal(table.allocate(3), first);
  assert.deepEqual([...table.values.subarray(0, 7)], [0, 0, 0, 0, 0, 0, 0]);
});

test("a block that is released twice is a bug of ours", () => {
  const table = new MeterTable(10);
  const first = table.allocate(3) ?? -1;
  table.release(first, 3);
  assert.throws(() => table.release(first, 3), CheckFailed);
});

test("parts that come and go ten thousand times do not use the table up", () => {
  const table = new MeterTable(64);
  for (let i = 0; i < 10_000; i++) {
    const blocks = [12, 16, 16].map((length) => ({ first: table.allocate(length), length }));
    for (const { first, length } of blocks) {
      assert.notEqual(first, undefined);
      table.release(first ?? -1, length);
    }
  }
});
