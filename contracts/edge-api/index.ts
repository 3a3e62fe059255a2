export { ROLES, tokenAnswer, tokenBody, type Role } from "./auth.ts";
export { failureSchema, problemSchema, success, successOfChange, type ApiProblem, type Failure } from "./envelope.ts";
export { SEVERITIES, eventListSchema, eventQuery, eventSchema, type EdgeEventRecord } from "./events.ts";
export { EDGE_EVENTS, EDGE_FAULTS, type EdgeFaultCode } from "./faults.ts";
export {
  activateInputAnswer,
  activateInputBody,
  assignOutputBody,
  configChangedSchema,
  configQuery,
  flowGroupAnswer,
  flowGroupListSchema,
  flowGroupParams,
  flowListSchema,
  flowOutputParams,
  flowParams,
  flowStateSchema,
  flowSummarySchema,
  outputActiveBody,
  partParams,
  removeOutputQuery,
  type FlowSummary,
} from "./flows.ts";
export { SRT_LINK_STATES, srtBondingStatsSchema, type SrtBondingStats } from "./srt-bonding-stats.ts";
export { setupAnswer, setupBody, setupHeaders, setupStatusSchema, type SetupBody } from "./setup.ts";
export { HARDWARE_CODECS, HOST_STATES, LINK_STATES, healthSchema, type Health, type ResourceBudget } from "./health.ts";
export { mediaAnalysisSchema, psiCatalogSchema, scte35CueSchema, type MediaAnalysisAnswer, type PsiCatalog } from "./media-analysis.ts";
export { METRICS, METRIC_PREFIX, statFamilies, type MetricFamily, type MetricName } from "./metrics.ts";
export {
  FLOW_STATES,
  HEALTH_LEVELS,
  INPUT_STATES,
  OUTPUT_STATES,
  THUMBNAIL_ALARMS,
  flowStatsSchema,
  inputStatsSchema,
  outputStatsSchema,
  statsSchema,
  thumbnailSchema,
  type FlowState,
  type FlowStats,
  type HealthLevel,
  type InputStats,
  type OutputStats,
  type Thumbnail,
} from "./stats.ts";
export { thumbnailInputParams, thumbnailQuery, thumbnailMessage, previewWish, type ThumbnailMessage } from "./thumbnails.ts";
export { mdiSchema, tr101290Schema, type MdiStats, type Tr101290Stats } from "./tr101290.ts";
export { type SrtLegStats } from "./srt-stats.ts";
