import type { TakeResult } from "@bilbycast/contracts/manager-api";

/** Where a take stands after all nodes have answered. */
export type Outcome = {
  state: "verifying" | "partial" | "failed";
  done: "all" | "some" | "none";
  /** What left was seen of everything that changed. */
  isProved: boolean;
};

export const outcomeOf = (results: readonly TakeResult[]): Outcome => {
  const obeyed = results.filter(({ ok }) => ok).length;
  const done = obeyed === results.length ? "all" : obeyed > 0 ? "some" : "none";
  return {
    state: done === "all" ? "verifying" : done === "some" ? "partial" : "failed",
    done,
    isProved: results.every(({ state }) => state === "verified" || state === "unchanged"),
  };
};
