import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "@bilbycast/foundation/time";
import { BandwidthGuard } from "./bandwidth-guard.ts";
import type { Bandwidth } from "./spec.ts";

const LIMIT = 25e6;

/** One sample of a second for each factor of the limit; returns the state after each. */
const states = (bound: Partial<Bandwidth>, factors: readonly number[]): string[] => {
  const guard = new BandwidthGuard({ maxBitrate: LIMIT, action: "alarm", graceUs: 3e6, ...bound }, instant(0));
  return factors.map((factor, i) => {
    guard.count((factor * LIMIT) / 8);
    guard.sample(instant((i + 1) * 1e6));
    return guard.state;
  });
};

test("1 % over the limit is told when the grace is over, 1 % under it never", () => {
  assert.deepEqual(states({}, [1.01, 1.01, 1.01]), ["normal", "normal", "exceeded"]);
  assert.deepEqual(
    states({}, [0.99, 0.99, 0.99, 0.99, 1, 1]),
    Array.from({ length: 6 }, () => "normal"),
  );
});

test("the grace begins anew with each sample that is within the limit", () => {
  assert.deepEqual(states({}, [2, 2, 0.5, 2, 2, 2]), ["normal", "normal", "normal", "normal", "normal", "exceeded"]);
});

test("a flow that is to be blocked is blocked, and is normal again after two samples within the limit", () => {
  const bound = { action: "block", graceUs: 1e6 } as const;
  assert.deepEqual(states(bound, [2, 2, 0.5, 2, 0.5, 0.5, 0.5]), [
    "blocked",
    "blocked",
    "blocked",
    "blocked",
    "blocked",
    "normal",
    "normal",
  ]);
});

test("silence is within every limit", () => {
  assert.deepEqual(states({ graceUs: 1e6 }, [2, 0, 0]), ["exceeded", "exceeded", "normal"]);
});

test("a change is told once, with the rate that made it", () => {
  const guard = new BandwidthGuard({ maxBitrate: LIMIT, action: "block", graceUs: 1e6 }, instant(500));
  guard.count(LIMIT);
  assert.deepEqual(guard.sample(instant(1_000_500)), { state: "blocked", bitrate: 8 * LIMIT });
  guard.count(LIMIT);
  assert.equal(guard.sample(instant(2_000_500)), undefined);
});

test("a sample that ends late is measured over the time that it took", () => {
  const guard = new BandwidthGuard({ maxBitrate: LIMIT, action: "alarm", graceUs: 1e6 }, instant(0));
  guard.count((1.5 * LIMIT) / 8);
  assert.equal(guard.sample(instant(1_600_000)), undefined);
  assert.equal(guard.state, "normal");
});
