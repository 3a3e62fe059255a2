import { readdirSync, readFileSync } from "node:fs";

/** CPU seconds of each lane among the threads of these processes, so far. */
export const laneSeconds = (processes: readonly number[]): Map<string, number> =>
  new Map(processes.flatMap((pid) => threadsOf(pid).flatMap((thread) => laneOf(`/proc/${pid}/task/${thread}`))));

/** CPU seconds of each lane between two looks, the most first. */
export const spentByLane = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number[] =>
  [...after].map(([lane, seconds]) => seconds - (before.get(lane) ?? 0)).toSorted((a, b) => b - a);

/** Share of the lane that did most of what all did; NaN without lanes. */
export const busiestShare = (spent: readonly number[]): number =>
  (spent[0] ?? Number.NaN) / spent.reduce((sum, seconds) => sum + seconds, 0);

const threadsOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
};

const laneOf = (thread: string): [string, number][] => {
  try {
    const name = readFileSync(`${thread}/comm`, "utf8").trim();
    // The first field: nanoseconds on a processor.
    return name.startsWith("lane-") ? [[thread, Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9]] : [];
  } catch {
    // It ended meanwhile.
    return [];
  }
};
