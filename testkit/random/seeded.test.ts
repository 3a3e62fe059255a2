import assert from "node:assert/strict";
import { test } from "node:test";
import { fillRandom, integer, seeded } from "./seeded.ts";

const first = (seed: number, count: number): number[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => random());
};

test("a seed replays its sequence and another seed has another", () => {
  assert.deepEqual(first(7, 100), first(7, 100));
  assert.notDeepEqual(first(7, 100), first(8, 100));
  assert.notDeepEqual(first(0, 100), first(1, 100));
});

test("numbers spread evenly over the interval", () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  const random = seeded(3);
  for (let i = 0; i < 100_000; i++) {
    const bucket = integer(random, 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) {
    assert.ok(Math.abs(count - 10_000) < 500, `a bucket has ${count}`);
  }
});

test("noise uses every byte value", () => {
  assert.equal(new Set(fillRandom(seeded(5), new Uint8Array(10_000))).size, 256);
});
