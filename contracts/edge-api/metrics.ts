/** Beginning of the name of every metric of an edge. */
export const METRIC_PREFIX = "bilbycast_edge_";

/** One family of the Prometheus page, named without the prefix. */
export type MetricFamily = { name: string; type: "counter" | "gauge"; help: string; labels: readonly string[] };

/** What a stat of a declaration says of itself. */
export type DeclaredStat = { type: "counter" | "gauge"; unit: string; help: string };

const FLOW = ["flow_id"] as const;
const OUTPUT = ["flow_id", "output_id"] as const;
const LEG = ["flow_id", "output_id", "leg", "leg_role"] as const;
const INPUT = ["flow_id", "input_id"] as const;
const STREAM = ["flow_id", "pid"] as const;

const gauge = (labels: readonly string[], help: string) => ({ type: "gauge", labels, help }) as const;
const counter = (labels: readonly string[], help: string) => ({ type: "counter", labels, help }) as const;

/** The families that an edge has whatever its transports, in the order of the page. Those of flows have running flows only. */
export const METRICS = {
  info: gauge(["version"], "Always 1; the label says which version runs."),
  uptime_seconds: gauge([], "Seconds since the edge started."),
  flows_total: gauge([], "Flows of the configuration."),
  flows_active: gauge([], "Flows that the engine runs."),
  events_total: counter(["severity"], "Events since the edge started."),
  system_cpu_percent: gauge([], "Share of the machine's processors that is in use."),
  system_ram_percent: gauge([], "Share of the machine's memory that is in use."),
  system_ram_used_bytes: gauge([], "Memory in use."),
  system_ram_total_bytes: gauge([], "Memory of the machine, or of the group that the edge is confined to."),
  system_resources_critical: gauge([], "1 while a resource is above its critical limit."),
  budget_units_total: gauge([], "Work that the machine does at most, as resource_budget has it."),
  budget_units_used: gauge([], "1 for each flow that runs, and what codecs take."),
  codec_hosts: gauge(["state"], "Processes that decode and encode: starting, ready or ending."),
  codec_hosts_cpu_percent: gauge([], "Share of one processor that all of them take."),
  codec_hosts_rss_bytes: gauge([], "Memory that all of them hold."),
  codec_host_restarts_total: counter(["reason"], "Times that such a process ended and another took over, by why it ended."),
  thumbnail_previews: gauge([], "Inputs that somebody looks at: five pictures a second."),
  flow_health: gauge(FLOW, "0 healthy, 1 warning, 2 error, 3 critical."),
  flow_input_packets_total: counter(FLOW, "Datagrams or units that the active input took."),
  flow_input_bytes_total: counter(FLOW, "Bytes of those."),
  flow_input_bitrate_bps: gauge(FLOW, "Bit rate of the active input over the last second."),
  flow_input_packets_lost: counter(FLOW, "Packets that did not reach the active input."),
  flow_input_packets_filtered: counter(FLOW, "Packets that the active input's filters refused."),
  flow_input_fec_recovered_total: counter(FLOW, "Packets that forward error correction brought back."),
  flow_input_redundancy_switches_total: counter(FLOW, "Changes between the legs of the active input."),
  flow_pdv_jitter_us: gauge(FLOW, "Interarrival jitter of the active input (RFC 3550)."),
  flow_iat_avg_us: gauge(FLOW, "Mean time between packets of the active input over the last second."),
  flow_bandwidth_exceeded: gauge(FLOW, "1 while the flow is above its bandwidth limit."),
  flow_bandwidth_blocked: gauge(FLOW, "1 while the flow is blocked because of its bandwidth limit."),
  flow_bandwidth_limit_mbps: gauge(FLOW, "Bandwidth limit of the flow."),
  flow_output_packets_total: counter(OUTPUT, "Datagrams that the output sent."),
  flow_output_bytes_total: counter(OUTPUT, "Bytes of those."),
  flow_output_bitrate_bps: gauge(OUTPUT, "Bit rate of the output over the last second."),
  flow_output_packets_dropped: counter(OUTPUT, "Packets given up because the output was too slow."),
  flow_output_fec_sent_total: counter(OUTPUT, "Packets of forward error correction that the output sent."),
  flow_output_pcr_trust_p95_us: gauge(
    OUTPUT,
    "How far PCRs were off their distance when they were sent: 95 of 100 less than that, over the last second.",
  ),
  srt_rtt_ms: gauge(LEG, "Smoothed round trip time of an SRT leg; the output is empty for the flow's active input."),
  srt_loss_total: counter(LEG, "Packets of an SRT leg that were missing when a later one came; most are sent again."),
  tr101290_ts_packets_total: counter(FLOW, "Packets of the active input that were checked (TR 101 290)."),
  tr101290_sync_losses_total: counter(FLOW, "Losses of sync."),
  tr101290_sync_byte_errors_total: counter(FLOW, "Packets without a sync byte."),
  tr101290_cc_errors_total: counter(FLOW, "Packets that do not follow the one before on their PID."),
  tr101290_pat_errors_total: counter(FLOW, "Errors of the PAT."),
  tr101290_pmt_errors_total: counter(FLOW, "Errors of maps."),
  tr101290_pid_errors_total: counter(FLOW, "PIDs that stayed away."),
  tr101290_tei_errors_total: counter(FLOW, "Packets with transport_error_indicator."),
  tr101290_crc_errors_total: counter(FLOW, "Sections with a wrong CRC."),
  tr101290_pcr_repetition_errors_total: counter(FLOW, "PCRs more than 100 ms behind the one before."),
  tr101290_pcr_discontinuity_errors_total: counter(FLOW, "PCRs that jumped unannounced."),
  tr101290_pcr_accuracy_errors_total: counter(FLOW, "PCRs grossly off the line of the last ones."),
  tr101290_pts_errors_total: counter(FLOW, "PTS that stayed away for 700 ms."),
  tr101290_priority1_ok: gauge(FLOW, "1 while no error of priority 1 is there."),
  tr101290_priority2_ok: gauge(FLOW, "1 while no error of priority 2 is there."),
  mdi_delay_factor_ms: gauge(FLOW, "Delay factor of the media delivery index (RFC 4445)."),
  mdi_media_loss_rate: gauge(FLOW, "Packets of the stream lost per second (RFC 4445)."),
  thumbnail_pictures_total: counter(INPUT, "Pictures made of an input."),
  thumbnail_errors_total: counter([...INPUT, "reason"], "Pictures of an input that were wanted and not made."),
  thumbnail_age_seconds: gauge(INPUT, "Since what the newest picture of an input shows was on the wire."),
  thumbnail_alarm: gauge([...INPUT, "alarm"], "1 while the pictures of an input stay away, are black or do not move."),
  media_video_info: gauge(
    [...STREAM, "codec", "resolution", "profile", "level"],
    "Always 1; the labels say what a video stream of the active input is.",
  ),
  media_video_framerate: gauge(STREAM, "Frames per second."),
  media_audio_info: gauge(
    [...STREAM, "codec", "sample_rate", "channels", "language"],
    "Always 1; the labels say what an audio stream of the active input is.",
  ),
  media_pid_bitrate_bps: gauge([...STREAM, "type"], "Bit rate of an elementary stream of the active input, whole packets."),
  media_total_bitrate_bps: gauge(FLOW, "Bit rate of the active input's transport stream, null packets included."),
} as const satisfies Record<string, Omit<MetricFamily, "name">>;

export type MetricName = keyof typeof METRICS;

/** Whose stats a family shows: all inputs, all outputs or all lanes where there is no `kind`, else those of one transport. */
export type StatOwner = { side: "input" | "output" | "lane"; kind?: string };

/** Clocks of a lane's own, which mean nothing outside. */
const INTERNAL_STATS: ReadonlySet<string> = new Set(["lastReceivedUs"]);

/** The families of declared stats, by the names of the stats. */
export const statFamilies = (owner: StatOwner, stats: Readonly<Record<string, DeclaredStat>>): ReadonlyMap<string, MetricFamily> => {
  const begin = owner.kind === undefined ? owner.side : `${owner.kind}_${owner.side}`;
  const labels = owner.side === "lane" ? ["lane"] : ["flow_id", `${owner.side}_id`];
  const shown = Object.entries(stats).filter(([name]) => !INTERNAL_STATS.has(name));
  return new Map(
    shown.map(([stat, { type, help }]) => {
      const name = `${begin}_${stat.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}${type === "counter" ? "_total" : ""}`;
      return [stat, { name, type, help, labels }];
    }),
  );
};
