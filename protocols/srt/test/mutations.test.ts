import { test } from "node:test";
import { mutate, mutationStates } from "@bilbycast/testkit/srt";

const SEED = 5_150;
const COUNT = 125_000;

for (const state of mutationStates()) {
  test(`${COUNT} mutations to ${state}: no throw, no leak, no flood (seed ${SEED})`, () => {
    mutate(state, SEED, COUNT);
  });
}
