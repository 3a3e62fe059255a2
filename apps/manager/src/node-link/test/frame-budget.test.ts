import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameBudget } from "../frame-budget.ts";

const BOUNDS = { bytesPerSecond: 1_000, burstBytes: 5_000, messagesPerSecond: 10, burstMessages: 20 };

test("a burst is taken, then as much as comes in each second, by bytes and by messages", () => {
  const budget = new FrameBudget(BOUNDS, 0);

  assert.equal(budget.take(5_000, 0), true);
  assert.equal(budget.take(1, 0), false);
  assert.equal(budget.take(1_000, 1_000), true);
  assert.equal(budget.take(1_001, 2_000), false);
  for (let message = 0; message < 20; message++) {
    assert.equal(budget.take(0, 4_000), true);
  }
  assert.equal(budget.take(0, 4_000), false);
  assert.equal(budget.take(0, 4_100), true);
});

test("what is over the budget is not owed, and what is not used is not saved beyond the burst", () => {
  const budget = new FrameBudget(BOUNDS, 0);

  assert.equal(budget.take(1_000_000, 0), false);
  assert.equal(budget.take(500, 500), true);
  assert.equal(budget.isFull(5_000), false);
  assert.equal(budget.isFull(3_600_000), true);
  assert.equal(budget.take(5_001, 3_600_000), false);
  // A clock that goes back fills nothing.
  assert.equal(budget.take(1, 0), false);
});
