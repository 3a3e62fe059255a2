import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, GaugeTally, tallies } from "./tallies.ts";

test("counts names the counters that moved and leaves gauges out", () => {
  const meters = { ...tallies("lost", "late"), jitter: new GaugeTally() };
  meters.lost.add(3);
  meters.jitter.set(7.5);
  assert.deepEqual(counts(meters), { lost: 3 });
});

test("a counter refuses what is not a count", () => {
  const { lost } = tallies("lost");
  assert.throws(() => lost.add(-1), RangeError);
  assert.throws(() => lost.add(0.5), RangeError);
  assert.throws(() => lost.set(1), RangeError);
});
