import { z } from "zod";
import { psiCatalogSchema, tr101290Schema } from "./stream-stats.ts";

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

/** Every input and output adds the counters of its transport, in snake case. */
export const inputStatsSchema = z
  .looseObject({
    input_id: z.string(),
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
    psi_catalog: psiCatalogSchema.optional().describe("Its programs; absent while they are not known."),
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
    packets_sent: count(),
    bytes_sent: count(),
    bitrate_bps: count().describe("Over the last second or more."),
    packets_dropped: count().describe("Given up because this output was too slow."),
    fec_packets_sent: count(),
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
    bandwidth_exceeded: z.literal(true).optional().describe("The flow is above its bandwidth limit."),
    bandwidth_blocked: z.literal(true).optional().describe("The flow is blocked because of its bandwidth limit."),
    bandwidth_limit_mbps: z.number().positive().optional(),
    tr101290: tr101290Schema.optional().describe("Measurements of the active input; absent where nobody measures."),
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
export type InputStats = z.output<typeof inputStatsSchema>;
export type OutputStats = z.output<typeof outputStatsSchema>;
export type FlowStats = z.output<typeof flowStatsSchema>;
