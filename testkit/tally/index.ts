export { counts, CountingTally, GaugeTally, tallies } from "./tallies.ts";
export { receiverCounters } from "./receiver-counters.ts";
export { pathCounters, seamlessCounters } from "./seamless-counters.ts";
