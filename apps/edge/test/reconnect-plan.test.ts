import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "@bilbycast/testkit/random";
import { ReconnectPlan } from "../src/node-link/reconnect-plan.ts";

/** Chance at its most: what is waited is the whole of what is allowed. */
const LATEST = (): number => 1;

test("an untried address comes after five seconds; when all have failed the wait doubles up to a minute", () => {
  const plan = new ReconnectPlan(3, LATEST);

  const steps = Array.from({ length: 11 }, () => [plan.index, plan.fail()]);

  assert.deepEqual(steps, [
    [0, 5_000],
    [1, 5_000],
    [2, 1_000],
    [0, 2_000],
    [1, 4_000],
    [2, 8_000],
    [0, 16_000],
    [1, 32_000],
    [2, 60_000],
    [0, 60_000],
    [1, 60_000],
  ]);
});

test("with one address the first wait is a second at most", () => {
  const plan = new ReconnectPlan(1, LATEST);

  assert.deepEqual([plan.fail(), plan.fail()], [1_000, 2_000]);
});

test("a good connection makes every address untried again", () => {
  const plan = new ReconnectPlan(2, LATEST);
  plan.fail();
  plan.fail();
  plan.fail();

  plan.settle();

  assert.deepEqual([plan.index, plan.fail(), plan.index, plan.fail()], [1, 5_000, 0, 1_000]);
});

test("chance takes up to a half off a wait, and never makes it longer", () => {
  for (let seed = 1; seed < 200; seed++) {
    const plan = new ReconnectPlan(1, seeded(seed));
    for (const most of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      const wait = plan.fail();
      assert.ok(wait >= most / 2 && wait <= most, `seed ${seed}: ${wait} of ${most}`);
    }
  }
});

test("who is refused asks again after the lockout, not before", () => {
  const plan = new ReconnectPlan(1, () => 0);

  assert.equal(plan.fail({ isRefused: true }), 60_000);
});
