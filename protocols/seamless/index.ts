export { SeamlessMerge, type SeamlessCounters, type SeamlessTimes } from "./merge.ts";
export type { PathCounters } from "./path-state.ts";
