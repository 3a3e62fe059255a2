export { failureSchema, problemSchema, success, type ApiProblem, type Failure } from "./envelope.ts";
export { SEVERITIES, eventListSchema, eventQuery, eventSchema, type EdgeEventRecord } from "./events.ts";
export { EDGE_EVENTS, EDGE_FAULTS, type EdgeFaultCode } from "./faults.ts";
export {
  activateInputAnswer,
  activateInputBody,
  assignOutputBody,
  configChangedSchema,
  configQuery,
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
export { healthSchema, type Health } from "./health.ts";
export {
  FLOW_STATES,
  HEALTH_LEVELS,
  INPUT_STATES,
  OUTPUT_STATES,
  flowStatsSchema,
  inputStatsSchema,
  outputStatsSchema,
  statsSchema,
  type FlowState,
  type FlowStats,
  type HealthLevel,
  type InputStats,
  type OutputStats,
} from "./stats.ts";
