import type { EdgeFaultCode } from "@bilbycast/contracts/edge-api";

/** HTTP status of every fault of the API's own. */
const FAULT_STATUS: Readonly<Record<EdgeFaultCode, number>> = {
  config_invalid: 400,
  config_persist_failed: 500,
  config_version_inexpressible: 409,
  config_unreadable: 500,
  secrets_unreadable: 500,
  secrets_key_unusable: 500,
  secrets_mismatch: 500,
  flow_not_found: 404,
  input_not_found: 404,
  output_not_found: 404,
  flow_exists: 409,
  input_exists: 409,
  output_exists: 409,
  input_in_use: 409,
  output_in_use: 409,
  flow_already_running: 409,
  flow_not_running: 409,
  input_not_on_flow: 400,
  output_not_on_flow: 404,
  request_malformed: 400,
  request_too_large: 413,
  request_media_type: 415,
  request_timeout: 408,
  auth_missing: 401,
  auth_token_invalid: 401,
  auth_token_expired: 401,
  auth_role_insufficient: 403,
  auth_not_enabled: 400,
  auth_client_refused: 400,
  auth_rate_limited: 429,
  setup_disabled: 403,
  setup_token_wrong: 403,
  thumbnail_absent: 404,
  flow_group_not_found: 404,
  flow_group_exists: 409,
  websocket_expected: 426,
  websocket_limit: 503,
  tls_unusable: 400,
  monitor_bind_failed: 500,
  origin_refused: 403,
  route_not_found: 404,
  internal: 500,
  resources_critical: 503,
  api_bind_failed: 500,
  engine_setting_invalid: 500,
  enrolment_invalid: 500,
  demo_sample_missing: 500,
  manager_pin_mismatch: 502,
  manager_certificate_expired: 502,
  manager_certificate_untrusted: 502,
  manager_connection_failed: 502,
  manager_connection_closed: 502,
  manager_auth_timeout: 504,
  manager_auth_failed: 502,
  manager_silent: 504,
  manager_link_changed: 503,
  manager_link_ended: 503,
};

/** HTTP status of the engine's faults that are not the request's doing. */
const ENGINE_STATUS: Readonly<Record<string, number>> = {
  internal_error: 500,
  preview_limit: 503,
  engine_stopped: 503,
  lane_ended: 503,
  session_thread_ended: 503,
};

/** A fault that is not in the table comes from the engine or a transport: what was asked for clashes with the machine as it is. */
const WORLD_REFUSED = 409;

/** HTTP status of a fault of any origin. */
export const statusOf = (code: string): number => STATUS[code] ?? WORLD_REFUSED;

const STATUS: Readonly<Record<string, number>> = { ...FAULT_STATUS, ...ENGINE_STATUS };
