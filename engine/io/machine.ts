import { availableParallelism, totalmem } from "node:os";

/** One lane for each core but one, at least one: the rest of the node needs a core as well. */
export const lanesHere = (): number => Math.max(1, availableParallelism() - 1);

/** Address space for each of so many lanes, in bytes; pages that are never touched cost nothing. A small machine gives half of its memory. */
export const arenaBytesHere = (lanes: number): number => Math.min(2 ** 31, totalmem() / 2 / lanes);
