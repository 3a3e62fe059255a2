export { fuzzAnalysis, soakAnalysis } from "./analysis.ts";
export { fuzz } from "./fuzz.ts";
export { fuzzHeaders } from "./headers.ts";
export { Mutator } from "./mutator.ts";
export { fuzzAll, soakFuzz, subjects } from "./soak.ts";
export type { Subject, Totals, Trial } from "./subject.ts";
