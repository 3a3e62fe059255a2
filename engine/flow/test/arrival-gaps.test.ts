import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "@bilbycast/foundation/time";
import { ArrivalGaps } from "../arrival-gaps.ts";

/** What is told of arrivals, each with its time in milliseconds and how many packets it has: shortest and longest in microseconds. */
const told = (arrivals: readonly [at: number, count: number][]): [number, number][] => {
  const readings: [number, number][] = [];
  let shortest = Number.NaN;
  const gaps = new ArrivalGaps({
    shortest: { add: () => undefined, set: (value) => (shortest = value) },
    longest: { add: () => undefined, set: (value) => readings.push([shortest, value]) },
  });
  for (const [at, count] of arrivals) {
    gaps.take(count, (at * 1_000) as Instant);
  }
  return readings;
};

const each = (from: number, to: number, step: number): [number, number][] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i): [number, number] => [from + i * step, 1]);

test("an even stream has one gap, told once a second", () => {
  assert.deepEqual(told(each(500, 3_500, 20)), [
    [20_000, 20_000],
    [20_000, 20_000],
    [20_000, 20_000],
  ]);
});

test("the shortest and the longest gap of a second are told at its end, and forgotten behind it", () => {
  const uneven: [number, number][] = [[0, 1], [100, 1], [105, 1], [900, 1], [1_000, 1], ...each(1_010, 2_000, 10)];

  assert.deepEqual(told(uneven), [
    [5_000, 795_000],
    [10_000, 10_000],
  ]);
});

test("packets of one pass have no time between them", () => {
  assert.deepEqual(told([...each(0, 500, 100), [600, 3], ...each(700, 1_000, 100)]), [[0, 100_000]]);
});

test("a silence is part of the first reading behind it, and nothing is told meanwhile", () => {
  assert.deepEqual(told([...each(0, 1_000, 50), [1_050, 1], [9_050, 1]]), [
    [50_000, 50_000],
    [50_000, 8_000_000],
  ]);
});
