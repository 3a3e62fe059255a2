/** Codes that the edge's API answers besides those that transports declare, with a sentence each. */
export const EDGE_FAULTS = {
  config_invalid: "The configuration would break a rule; problems says which, field by field.",
  config_persist_failed: "The configuration could not be written to disk; the former one runs on.",
  config_version_inexpressible: "The configuration has something that the version asked for has no words for.",
  config_unreadable: "The configuration file could not be read.",
  flow_not_found: "There is no flow of this id.",
  input_not_found: "There is no input of this id.",
  output_not_found: "There is no output of this id.",
  flow_exists: "A flow has this id already.",
  input_exists: "An input has this id already.",
  output_exists: "An output has this id already.",
  input_in_use: "The input is on a flow; take it off first.",
  output_in_use: "The output is on a flow; take it off first.",
  flow_already_running: "The flow runs already.",
  flow_not_running: "The flow does not run.",
  input_not_on_flow: "The input is not one of the flow's.",
  output_not_on_flow: "The output is not one of the flow's.",
  request_malformed: "The request is not what the API describes.",
  request_too_large: "The body is larger than 1 MB.",
  request_media_type: "The body is not JSON.",
  origin_refused: "The request comes from a web page of another site, or names this machine in a way that it does not know.",
  route_not_found: "The API has no such path.",
  internal: "A fault of ours; the log has it.",
  api_bind_failed: "The API cannot listen on its address and port.",
  engine_setting_invalid: "An environment variable that sets up the engine has no usable value.",
  demo_sample_missing: "The sample of the demonstration is not where it should be.",
} as const satisfies Record<string, string>;

export type EdgeFaultCode = keyof typeof EDGE_FAULTS;

/** Codes of the program's own events, with a sentence each. */
export const EDGE_EVENTS = {
  config_updated: "The configuration was changed and took effect.",
  edge_restarted: "The edge ended abnormally and was started again by its launcher.",
} as const satisfies Record<string, string>;
