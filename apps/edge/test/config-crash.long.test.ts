import assert from "node:assert/strict";
import { test } from "node:test";
import { crashConfig } from "./config-crash.ts";

const TIMES = Number(process.env["BILBYCAST_SOAK_TIMES"] ?? 100);
const SEED = Number(process.env["BILBYCAST_SOAK_SEED"] ?? 7);

test(`${TIMES} kills -9 amid concurrent changes leave a matching pair of files and every acknowledged change, seed ${SEED}`, async (t) => {
  const crashes = await crashConfig(TIMES, SEED, (line) => t.diagnostic(line));

  t.diagnostic(JSON.stringify(crashes));
  assert.equal(crashes.kills, TIMES);
  assert.ok(crashes.acknowledged > 0, "changes were acknowledged before the kills");
});
