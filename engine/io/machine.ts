import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** One lane for each core but one, at least one: the rest of the node needs a core as well. */
export const lanesHere = (): number => Math.max(1, availableParallelism() - 1);

/** Address space for each of so many lanes, in bytes; pages that are never touched cost nothing. A small machine gives half of its memory. */
export const arenaBytesHere = (lanes: number): number => Math.min(2 ** 31, totalmem() / 2 / lanes);

/** Cores that are no threads of others, where the system tells; else all. */
export const physicalCoresHere = (): number => {
  try {
    const cores = new Set<string>();
    for (const name of readdirSync("/sys/devices/system/cpu").filter((each) => /^cpu\d+$/.test(each))) {
      const topology = `/sys/devices/system/cpu/${name}/topology`;
      cores.add(`${readFileSync(`${topology}/physical_package_id`, "utf8").trim()}:${readFileSync(`${topology}/core_id`, "utf8").trim()}`);
    }
    return Math.max(1, Math.min(cores.size, availableParallelism()));
  } catch {
    return availableParallelism();
  }
};

/** Codec work that this machine is trusted with, in the units of a node's `resource_budget`. */
export const unitsHere = (): number => 1_000 + 200 * physicalCoresHere();
