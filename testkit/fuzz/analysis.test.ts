import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzAnalysis, soakAnalysis } from "./analysis.ts";

const SEED = 101_290;
const PACKETS = 1_000_000;

test(`${PACKETS} hostile packets through the analysis: no throw, no figure that is none, bounded memory (seed ${SEED})`, () => {
  fuzzAnalysis(SEED, PACKETS);
});

test("the soak goes on with the next seed and prints each", () => {
  const lines: string[] = [];
  soakAnalysis(7, 3_000, (line) => lines.push(line));

  assert.deepEqual(lines, ["analysis: seed 7, 0 of 3000 packets"]);
});
