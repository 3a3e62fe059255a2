import assert from "node:assert/strict";
import { test } from "node:test";
import { crashConfig } from "./config-crash.ts";

const TIMES = 67;

/** The kills of one file of `npm test`, three of which are 200; a seed of its own for each file. */
export const testConfigCrash = (seed: number): void => {
  test(`${TIMES} kills -9 amid concurrent changes leave a matching pair of files and every acknowledged change, seed ${seed}`, async (t) => {
    const crashes = await crashConfig(TIMES, seed, (line) => t.diagnostic(line));

    t.diagnostic(JSON.stringify(crashes));
    assert.equal(crashes.kills, TIMES);
    assert.ok(crashes.acknowledged > 0, "changes were acknowledged before the kills");
  });
};
