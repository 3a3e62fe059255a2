import { DERIVED_RULES } from "./derived/limits.ts";

/** Which conditions an event that is good news ends: of the same leg, the same part, the same flow, or of the whole node. */
type Reach = "leg" | "part" | "flow" | "node";

/**
 * What an event means to alarms.
 *
 * - `raises`: a condition of its code on what it is about begins, or goes on. `ends` are conditions of the same part that it takes the place of.
 *   `fadesAfter`: seconds without repetition after which it is over, where nothing tells its end. `unless`: while one of these stands, of the
 *   same flow or of the node, it is nothing new; and it ends when one of these begins.
 * - `clears`: conditions of these codes are over.
 * - `tells`: it is news and no condition.
 */
export type EventRule =
  | { does: "raises"; fadesAfter?: number; ends?: readonly string[]; unless?: readonly string[] }
  | { does: "clears"; reach: Reach; codes: readonly string[] | "all" }
  | { does: "tells" };

const RAISES: EventRule = { does: "raises" };
const TELLS: EventRule = { does: "tells" };
const fades = (seconds: number): EventRule => ({ does: "raises", fadesAfter: seconds });
const instead = (...ends: string[]): EventRule => ({ does: "raises", ends });
const clears = (reach: Reach, ...codes: string[]): EventRule => ({ does: "clears", reach, codes });
const clearsAll = (reach: Reach): EventRule => ({ does: "clears", reach, codes: "all" });

const MINUTES = 60;
const HOURS = 3_600;

/** Codes of faults by which a part does not run. It is over when the part runs again. */
export const PART_FAULTS: readonly string[] = [
  "arena_exhausted",
  "arena_unavailable",
  "backend_unavailable",
  "delay_exceeds_bus",
  "engine_stopped",
  "flow_input_circular",
  "flow_input_unavailable",
  "internal_error",
  "lane_ended",
  "lane_share_waits",
  "media_name_invalid",
  "media_not_found",
  "pictures_off",
  "preview_limit",
  "rtp_bind_failed",
  "rtp_output_failed",
  "session_thread_ended",
  "srt_bind_failed",
  "srt_output_failed",
  "udp_bind_failed",
  "udp_output_failed",
  "unknown_flow",
  "unknown_input",
];

const FLOWS: Readonly<Record<string, EventRule>> = {
  flow_started: clears("flow", "flow_start_failed", "flow_died", "config_entry_broken"),
  flow_stopped: clearsAll("flow"),
  flow_start_failed: RAISES,
  flow_died: fades(10 * MINUTES),
  input_added: TELLS,
  input_changed: TELLS,
  input_removed: clearsAll("part"),
  input_switched: TELLS,
  input_recovered: clears("part", ...PART_FAULTS),
  input_lost: RAISES,
  input_regained: clears("part", "input_lost"),
  output_added: TELLS,
  output_changed: TELLS,
  output_removed: clearsAll("part"),
  output_recovered: clears("part", ...PART_FAULTS),
  output_failing: RAISES,
  output_restored: clears("part", "output_failing"),
  program_absent: RAISES,
  program_returned: clears("part", "program_absent"),
  switch_unconfirmed: fades(10 * MINUTES),
  switch_confirmed: clears("flow", "switch_unconfirmed"),
  splice_override_ignored: TELLS,
  bandwidth_exceeded: instead("bandwidth_blocked"),
  bandwidth_blocked: instead("bandwidth_exceeded"),
  bandwidth_normal: clears("flow", "bandwidth_exceeded", "bandwidth_blocked"),
  redundancy_leg_lost: instead("redundancy_both_lost"),
  redundancy_both_lost: RAISES,
  redundancy_leg_restored: clears("leg", "redundancy_leg_lost", "redundancy_both_lost"),
  redundancy_failover_mode: RAISES,
  redundancy_seamless_mode: clears("part", "redundancy_failover_mode"),
};

const STREAMS: Readonly<Record<string, EventRule>> = {
  tr101290_sync_loss: RAISES,
  tr101290_sync_ok: clears("part", "tr101290_sync_loss"),
  tr101290_p1_error: RAISES,
  tr101290_p1_ok: clears("part", "tr101290_p1_error"),
  tr101290_p2_error: RAISES,
  tr101290_p2_ok: clears("part", "tr101290_p2_error"),
  content_analysis_mdi_above_threshold: RAISES,
  content_analysis_mdi_ok: clears("part", "content_analysis_mdi_above_threshold"),
  content_analysis_scte35_pid: TELLS,
  content_analysis_scte35_cue: TELLS,
  tr07_stream_missing: RAISES,
  tr07_stream_found: clears("part", "tr07_stream_missing"),
  audio_302m_missing: RAISES,
  audio_302m_found: clears("part", "audio_302m_missing"),
  thumbnail_no_signal: RAISES,
  thumbnail_signal_returned: clears("part", "thumbnail_no_signal"),
  thumbnail_black: RAISES,
  thumbnail_black_ended: clears("part", "thumbnail_black"),
  thumbnail_freeze: RAISES,
  thumbnail_freeze_ended: clears("part", "thumbnail_freeze"),
  analysis_failed: fades(10 * MINUTES),
  analysis_overrun: fades(10 * MINUTES),
  analysis_thread_crashed: fades(10 * MINUTES),
};

const TRANSPORTS: Readonly<Record<string, EventRule>> = {
  srt_connected: clears("leg", "srt_disconnected", "srt_refused"),
  srt_disconnected: RAISES,
  srt_refused: RAISES,
  srt_link_active: TELLS,
  rtmp_connected: clears("part", "rtmp_disconnected", "rtmp_refused", "rtmp_connect_failed", "rtmp_gave_up"),
  rtmp_disconnected: RAISES,
  rtmp_refused: RAISES,
  rtmp_connect_failed: RAISES,
  rtmp_gave_up: RAISES,
  rtmp_server_slow: fades(2 * MINUTES),
  rtmp_stream_unsupported: fades(24 * HOURS),
  media_player_source_missing: fades(10 * MINUTES),
  media_player_source_unsupported: fades(10 * MINUTES),
  media_player_failed: fades(10 * MINUTES),
  media_player_playlist_exhausted: fades(24 * HOURS),
  media_player_pacer_lagging: RAISES,
  media_player_pacer_recovered: clears("part", "media_player_pacer_lagging"),
  test_pattern_encoder_lost: fades(5 * MINUTES),
  test_pattern_refused: fades(10 * MINUTES),
};

const NODE: Readonly<Record<string, EventRule>> = {
  api_open: fades(24 * HOURS),
  config_updated: TELLS,
  config_warning: TELLS,
  config_entry_broken: fades(24 * HOURS),
  edge_restarted: fades(1 * HOURS),
  lane_crashed: fades(10 * MINUTES),
  session_thread_crashed: fades(10 * MINUTES),
  stop_incomplete: TELLS,
  backend_declined: fades(24 * HOURS),
  backend_lacks: fades(24 * HOURS),
  media_backend_declined: fades(24 * HOURS),
  media_host_ended: fades(10 * MINUTES),
  media_thread_crashed: fades(10 * MINUTES),
  media_unavailable: fades(24 * HOURS),
  monitor_bind_failed: fades(24 * HOURS),
  // That a node is away is told by the manager itself; what it says of that afterwards is news.
  manager_connected: TELLS,
  manager_registered: TELLS,
  manager_lost: TELLS,
  manager_unreachable: TELLS,
  manager_auth_failed: TELLS,
  manager_credentials_unsaved: fades(24 * HOURS),
  manager_events_dropped: fades(1 * HOURS),
  manager_frame_malformed: TELLS,
  tls_unusable: RAISES,
  tls_reloaded: clears("node", "tls_unusable"),
  system_resources_cpu_warning: instead("system_resources_cpu_critical"),
  system_resources_cpu_critical: instead("system_resources_cpu_warning"),
  system_resources_ram_warning: instead("system_resources_ram_critical"),
  system_resources_ram_critical: instead("system_resources_ram_warning"),
  system_resources_recovered: clears(
    "node",
    "system_resources_cpu_warning",
    "system_resources_cpu_critical",
    "system_resources_ram_warning",
    "system_resources_ram_critical",
  ),
};

/** What the manager finds in what nodes count. */
const DERIVED: Readonly<Record<string, EventRule>> = Object.fromEntries(
  DERIVED_RULES.flatMap(({ clears: over, raises, unless }): [string, EventRule][] => [
    [raises, { does: "raises", unless }],
    [over, clears("flow", raises)],
  ]),
);

/** What the manager itself tells. A node that uses one of these codes raises nothing by it. */
export const OWN_RULES: Readonly<Record<string, EventRule>> = {
  node_disconnected: RAISES,
  node_connected: clears("node", "node_disconnected", "protocol_newer"),
  protocol_newer: RAISES,
  node_over_budget: fades(15 * MINUTES),
  event_rate_limit: RAISES,
  event_rate_limit_over: clears("node", "event_rate_limit"),
  events_dropped: fades(1 * HOURS),
  ...DERIVED,
};

/** Every code that the product's nodes tell. A test fails on one that is not here. */
export const EVENT_RULES: Readonly<Record<string, EventRule>> = {
  ...Object.fromEntries(PART_FAULTS.map((code) => [code, RAISES])),
  ...FLOWS,
  ...STREAMS,
  ...TRANSPORTS,
  ...NODE,
};

/** What a device that we do not know means by a code is not known either: bad news lasts a quarter of an hour from its last repetition. */
const UNKNOWN: EventRule = fades(15 * MINUTES);

/** undefined: no condition begins or ends by it. An info never raises anything. */
export const ruleOf = (event: { errorCode: string | null; severity: string; isOwn: boolean }): EventRule | undefined => {
  const { errorCode: code, severity, isOwn } = event;
  if (code === null) {
    return undefined;
  }
  const rules = isOwn ? OWN_RULES : EVENT_RULES;
  if (!isOwn && Object.hasOwn(OWN_RULES, code)) {
    return undefined;
  }
  const rule = Object.hasOwn(rules, code) ? rules[code] : UNKNOWN;
  return rule === undefined || rule.does === "tells" || (rule.does === "raises" && severity === "info") ? undefined : rule;
};
