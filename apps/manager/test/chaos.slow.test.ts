import assert from "node:assert/strict";
import { test } from "node:test";
import { chaos } from "./chaos.ts";

const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 10);
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 11);

test(`${TIMES} kills -9 of a manager, its PostgreSQL or an edge amid changes lose nothing that was acknowledged, seed ${SEED}`, async (t) => {
  const found = await chaos(TIMES, SEED, (line) => t.diagnostic(line));

  t.diagnostic(JSON.stringify(found));
  assert.equal(found.kills, TIMES);
  assert.ok(found.acknowledged > TIMES && found.flowChanges > TIMES, "changes were acknowledged between the kills");
});
