import { z } from "zod";
import { mediaAnalysisSchema, psiCatalogSchema } from "./media-analysis.ts";
import { srtLegSchema } from "./srt-stats.ts";
import { srtBondingStatsSchema } from "./srt-bonding-stats.ts";
import { tr101290Schema } from "./tr101290.ts";

/**
 * stopped: configured, not asked to run. starting: not open yet. running: all is well. degraded: the flow carries, with a part
 * missing or packets lost. stalled: open, and nothing comes in. failed: it could not open or died, and is tried again.
 */
export const FLOW_STATES = ["stopped", "starting", "running", "degraded", "stalled", "failed"] as const;
/** waiting: open, and nothing came in the last second. */
export const INPUT_STATES = ["idle", "starting", "waiting", "receiving", "failed"] as const;
/** waiting: open, and nothing left in the last second. */
export const OUTPUT_STATES = ["idle", "starting", "waiting", "sending", "failed"] as const;
/** From best to worst. */
export const HEALTH_LEVELS = ["Healthy", "Warning", "Error", "Critical"] as const;

const count = () => z.number().nonnegative();
const partError = z.object({ code: z.string(), message: z.string() });

/** What is wrong with the pictures of an input, worst first. */
export const THUMBNAIL_ALARMS = ["no_signal", "black", "freeze"] as const;

/** The newest picture of an input, without its bytes: those are at GET thumbnail. */
export const thumbnailSchema = z
  .object({
    taken_unix_ms: count()
      .optional()
      .describe("When what it shows was on the wire; absent before the first picture, as all that is told of it."),
    age_ms: count().optional().describe("How long ago that was."),
    number: count().optional().describe("Counts up with each picture."),
    bytes: count().optional(),
    width: count().optional(),
    height: count().optional(),
    source_width: count().optional().describe("Of the coded picture."),
    source_height: count().optional(),
    mean_luma: count().optional().describe("0 (black) to 255."),
    live: z.boolean().describe("Somebody looks: five pictures a second."),
    alarm: z.enum(THUMBNAIL_ALARMS).optional().describe("The worst of alarms."),
    alarms: z.array(z.enum(THUMBNAIL_ALARMS)),
    absent: z.object({ code: z.string(), message: z.string() }).optional().describe("Why no new picture can be made now."),
  })
  .meta({ id: "Thumbnail" });

const networkLegSchema = z.object({
  packets_received: count(),
  bytes_received: count(),
  packets_forwarded: count().describe("First copies, taken for the stream."),
  packets_duplicate: count().describe("Second copies."),
});

/** The two paths of an input that receives one stream twice (SMPTE ST 2022-7). */
export const networkLegsSchema = z.object({
  red: networkLegSchema.describe("The first leg."),
  blue: networkLegSchema.describe("The second leg."),
  leg_switches: count(),
});

/** Every input and output adds the counters of its transport, in snake case. */
export const inputStatsSchema = z
  .looseObject({
    input_id: z.string(),
    input_name: z.string(),
    input_type: z.string(),
    state: z.enum(INPUT_STATES),
    error: partError.optional(),
    local_addr: z.string().optional().describe("The address that the system gave."),
    packets_received: count(),
    bytes_received: count(),
    bitrate_bps: count().describe("Over the last second or more."),
    packets_lost: count(),
    packets_filtered: count(),
    packets_recovered_fec: count(),
    redundancy_switches: count(),
    srt_bonding_stats: srtBondingStatsSchema.optional().describe("Where the input is an SRT group."),
    network_legs: networkLegsSchema.optional().describe("Where the input has a second leg."),
    srt_stats: srtLegSchema.optional().describe("Of an SRT socket; where there are two legs, of the first."),
    srt_leg2_stats: srtLegSchema.optional().describe("Of the socket of an SRT second leg."),
    psi_catalog: psiCatalogSchema
      .optional()
      .describe("What the input carries by its own tables, standing by or not; absent before they came."),
    psi_catalog_tick: count().optional().describe("Counts up with each change of psi_catalog."),
    tr101290: tr101290Schema
      .optional()
      .describe("Faults of the input's stream; absent while the flow's tr101290 is false, and before its first packet."),
    media_analysis: mediaAnalysisSchema
      .optional()
      .describe("What the input's streams are; absent while the flow's media_analysis is false."),
    thumbnail: thumbnailSchema.optional().describe("Of the input's pictures; absent while the flow's thumbnail is false."),
  })
  .meta({ id: "InputStats" });

export const outputStatsSchema = z
  .looseObject({
    output_id: z.string(),
    output_name: z.string(),
    output_type: z.string(),
    state: z.enum(OUTPUT_STATES),
    error: partError.optional(),
    local_addr: z.string().optional().describe("The address that the system gave."),
    program_number: z.int().positive().optional().describe("The only program that is sent; absent where all are."),
    packets_sent: count(),
    bytes_sent: count(),
    bitrate_bps: count().describe("Over the last second or more."),
    srt_bonding_stats: srtBondingStatsSchema.optional().describe("Where the output is an SRT group."),
    packets_dropped: count().describe("Given up because this output was too slow."),
    connection: z
      .object({
        state: z.string().describe("Like connecting, publishing, refused; the page of the transport has them all."),
        code: z.string().optional().describe("Why it is so, where that is known."),
        message: z.string().optional(),
      })
      .optional()
      .describe("How the other end stands, where the output keeps a connection."),
    fec_packets_sent: count(),
    srt_stats: srtLegSchema.optional().describe("Of an SRT socket; where there are two legs, of the first."),
    srt_leg2_stats: srtLegSchema.optional().describe("Of the socket of an SRT second leg."),
    pcr_trust: z
      .object({
        samples: count().describe("Distances of two PCRs that were looked at."),
        cumulative_samples: count(),
        avg_us: count(),
        p50_us: count().describe("Percentiles are right to 6 %."),
        p95_us: count(),
        p99_us: count(),
        max_us: count(),
        window_samples: count().describe("Of the last whole second."),
        window_p95_us: count(),
      })
      .optional()
      .describe(
        "How far the distance of two PCRs in time differed from that of their values when they were sent: the source's error, the network's jitter on the way in and the delay here. Absent before the second PCR.",
      ),
  })
  .meta({ id: "OutputStats" });

export const flowStatsSchema = z
  .object({
    flow_id: z.string(),
    flow_name: z.string(),
    state: z.enum(FLOW_STATES),
    error: partError.optional(),
    health: z.enum(HEALTH_LEVELS),
    health_reasons: z.array(z.object({ code: z.string(), severity: z.enum(HEALTH_LEVELS), detail: z.string() })).describe("Worst first."),
    uptime_secs: z.int().nonnegative(),
    active_input_id: z.string().optional(),
    iat: z
      .object({ min_us: count().optional(), max_us: count().optional(), avg_us: count() })
      .optional()
      .describe("Time between packets of the active input over the last second; absent while nothing comes in."),
    pdv_jitter_us: count().optional().describe("Interarrival jitter of the active input (RFC 3550), where its transport knows it."),
    tr101290: tr101290Schema.optional().describe("Of the active input."),
    media_analysis: mediaAnalysisSchema.optional().describe("Of the active input."),
    network_legs: networkLegsSchema.optional().describe("Of the active input, where it has a second leg."),
    thumbnail: thumbnailSchema.optional().describe("Of the active input's pictures; absent while the flow's thumbnail is false."),
    bandwidth_exceeded: z.literal(true).optional().describe("The flow is above its bandwidth limit."),
    bandwidth_blocked: z.literal(true).optional().describe("The flow is blocked because of its bandwidth limit."),
    bandwidth_limit_mbps: z.number().positive().optional(),
    input: inputStatsSchema.optional().describe("The active input; absent when the flow has none."),
    inputs_live: z.array(inputStatsSchema).describe("Every input, those on standby too."),
    outputs: z.array(outputStatsSchema),
  })
  .meta({ id: "FlowStats" });

export const statsSchema = z.object({
  system: z.object({
    uptime_secs: z.int().nonnegative(),
    total_flows: z.int().nonnegative(),
    active_flows: z.int().nonnegative(),
    version: z.string(),
  }),
  flows: z.array(flowStatsSchema),
});

export type FlowState = (typeof FLOW_STATES)[number];
export type HealthLevel = (typeof HEALTH_LEVELS)[number];
export type Thumbnail = z.output<typeof thumbnailSchema>;
export type InputStats = z.output<typeof inputStatsSchema>;
export type OutputStats = z.output<typeof outputStatsSchema>;
export type FlowStats = z.output<typeof flowStatsSchema>;
