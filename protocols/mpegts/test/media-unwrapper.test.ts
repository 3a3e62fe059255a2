import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { PCR_WRAP, STAMP_WRAP, wrapped } from "../media-time.ts";
import { PcrUnwrapper, StampUnwrapper } from "../media-unwrapper.ts";

for (const [what, make, wrap] of [
  ["PTS", () => new StampUnwrapper(), STAMP_WRAP],
  ["PCR", () => new PcrUnwrapper(), PCR_WRAP],
] as const) {
  test(`a ${what} runs on over its wrap, forwards and backwards`, () => {
    const clock = make();
    assert.equal(clock.unwrap(wrap - 10), wrap - 10);
    assert.equal(clock.unwrap(20), wrap + 20);
    assert.equal(clock.near(wrap - 1), wrap - 1);
    assert.equal(clock.unwrap(wrap - 1), wrap - 1);
    assert.equal(clock.unwrap(0), wrap);
    clock.reset();
    assert.equal(clock.unwrap(0), 0);
    assert.equal(clock.unwrap(wrap - 1), -1);
  });

  test(`a ${what} that turns a thousand times is followed exactly (seed 33)`, () => {
    const random = seeded(33);
    const clock = make();
    let endless = integer(random, wrap);
    clock.unwrap(endless);
    while (endless < wrap * 1_000) {
      endless += integer(random, wrap / 2 - 1) - integer(random, 1_000_000);
      assert.equal(clock.near(wrapped(endless, wrap)), endless);
      assert.equal(clock.unwrap(wrapped(endless, wrap)), endless);
    }
  });
}
