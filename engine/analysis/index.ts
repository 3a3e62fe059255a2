export { AnalysisHandle, type AnalysisHooks } from "./analysis-handle.ts";
export type { AnalysisEvent, InputReport } from "./input-report.ts";
export type { AnalysisWishes } from "./orders.ts";
