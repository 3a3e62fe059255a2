import { test } from "node:test";
import type { MutationGroup } from "./mutation-states.ts";
import { mutate, mutationStates } from "./mutations.ts";

const SEED = 5_150;
const COUNT = 100_000;

/** Declares a test for each state of the group. */
export const mutationTests = (group: MutationGroup): void => {
  for (const state of mutationStates(group)) {
    test(`${COUNT} mutations to ${state}: no throw, no leak, no flood (seed ${SEED})`, () => {
      mutate(state, SEED, COUNT);
    });
  }
};
