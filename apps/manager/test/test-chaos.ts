import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.ts";

/** Seven kills of one file of `npm test`; a seed of its own for each file. */
export const testChaos = (seed: number): void => {
  test(`kills -9 of a manager, its PostgreSQL or an edge amid changes lose nothing that was acknowledged, seed ${seed}`, async (t) => {
    const found = await chaos(7, seed, (line) => t.diagnostic(line));

    t.diagnostic(JSON.stringify(found));
    assert.equal(found.kills, 7);
    assert.ok(found.acknowledged > 7 && found.flowChanges > 7, "changes were acknowledged between the kills");
  });
};
