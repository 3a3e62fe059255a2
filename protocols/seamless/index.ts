export { ActivePath, NUMBERED, type Carrier } from "./active-path.ts";
export { FailoverPath } from "./failover-path.ts";
export { SeamlessMerge, type SeamlessCounters, type SeamlessTimes } from "./merge.ts";
export type { PathCounters } from "./path-state.ts";
