import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, seconds } from "@bilbycast/foundation/time";
import { BackOff } from "./back-off.ts";

test("what fails again and again is tried ever more rarely, at least every ten seconds", () => {
  const backOff = new BackOff();

  const waits = Array.from({ length: 9 }, () => backOff.failed(instant(0)) / 1_000);

  assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
});

test("a sound run forgets old failures, a short one does not", () => {
  const backOff = new BackOff();
  backOff.failed(instant(0));
  backOff.failed(instant(0));

  backOff.started(instant(0));
  assert.equal(backOff.failed(instant(seconds(59))), 400_000);

  backOff.started(instant(0));
  assert.equal(backOff.failed(instant(seconds(60))), 100_000);
});
