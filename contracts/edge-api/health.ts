import { z } from "zod";
import { problemSchema } from "./envelope.ts";

const laneHealthSchema = z.object({
  lane: z.int(),
  backend: z.string().describe("How this lane reaches its sockets."),
  tick_us: z.number().describe("Microseconds between rounds under load; 0 when each packet wakes the lane."),
  capabilities: z.record(z.string(), z.boolean()).describe("What the backend can do on this machine."),
  counters: z.record(z.string(), z.number()).describe("The lane's own counters and gauges, by their names in the reference."),
});

/** starting: it has not said that it is ready. ending: it was ended, and is not gone yet. */
export const HOST_STATES = ["starting", "ready", "ending"] as const;

/** Kinds of hardware codecs, by the names that a node's page knows. */
const HARDWARE = ["nvenc", "qsv", "videotoolbox", "amf", "vaapi", "rkmpp"] as const;

/** The codecs of hardware, as keys of one object: `h264_nvenc` and so on. */
export const HARDWARE_CODECS = HARDWARE.flatMap((kind) => [`h264_${kind}`, `hevc_${kind}`] as const);

const hardwareCodecs = z.record(z.enum(HARDWARE_CODECS), z.boolean());

/** Codecs of hardware that are open now, by kind. */
const hardwareSessions = z.object({
  nvenc_in_use: z.int(),
  qsv_in_use: z.int(),
  videotoolbox_in_use: z.int(),
  amf_in_use: z.int(),
});

/** How busy the codecs of a graphics card are. */
const hardwareLoad = z.object({
  nvenc_encoder_percent: z.number(),
  nvdec_decoder_percent: z.number(),
  nvenc_session_count: z.int(),
  last_poll_unix: z.int(),
});

export const resourceBudgetSchema = z.object({
  hw_encoders: hardwareCodecs.describe("Encoders of hardware that this edge can open here. It encodes in software: none."),
  hw_decoders: hardwareCodecs.describe("The same of decoders."),
  hw_session_usage: hardwareSessions,
  cpu: z.object({
    brand: z.string(),
    physical_cores: z.int(),
    logical_cores: z.int(),
    avx_class: z.enum(["none", "avx", "avx2", "avx512"]),
  }),
  sw_capacity: z
    .object({
      x264_720p30_streams: z.int().describe("One for each physical core."),
      x265_720p30_streams: z.int().describe("Half as many."),
      aac_encode_streams: z.int().describe("50 of stereo for each physical core."),
    })
    .describe(
      "Encoders that fit on the whole machine while it does nothing else: an estimate from its cores, to be taken with half of it either way.",
    ),
  units_total: z
    .int()
    .describe("Work that the machine does at most: 1000, and 200 for each physical core. An encoder of 720p30 takes 200."),
  units_used: z.int().describe("1 for each flow that runs, and what codecs take."),
  live: hardwareLoad.nullable().describe("Load of the codecs of hardware; null: there are none to ask."),
  threads: z.object({
    codec_pool_count: z.int().describe("Decoders and encoders that are open, each of which works on a thread in a host."),
    lanes: z.int().describe("Threads that move packets."),
  }),
  media: z.object({
    state: z.enum(["idle", "running", "unavailable"]).describe("idle: nothing has asked for codecs yet. unavailable: there are none."),
    backend: z.string().optional().describe("node-av or ffmpeg."),
    version: z.string().optional().describe("Of its FFmpeg."),
  }),
  hosts: z
    .array(
      z.object({ pid: z.int(), state: z.enum(HOST_STATES), jobs: z.array(z.string()), cpu_percent: z.number(), rss_bytes: z.number() }),
    )
    .describe("Processes that decode and encode, and whose pictures or signals they make."),
});

/**
 * unregistered: there is neither a token nor an identity to show. waiting: the last attempt failed, the next one comes by itself.
 * refused: the manager does not want this node.
 */
export const LINK_STATES = ["unregistered", "connecting", "authenticating", "connected", "waiting", "refused"] as const;

/** GET /health; bare, without the envelope. */
export const healthSchema = z
  .object({
    status: z.literal("ok"),
    version: z.string(),
    uptime_secs: z.int().nonnegative(),
    active_flows: z.int().nonnegative().describe("Flows that the engine runs."),
    total_flows: z.int().nonnegative(),
    api_addr: z.string(),
    monitor_addr: z.string().optional().describe("Where the monitor page is; absent when it is not configured or could not listen."),
    warnings: z
      .array(
        z.object({
          code: z.string(),
          message: z.string(),
          path: z.string().optional().describe("The field, where it is about one of the configuration."),
        }),
      )
      .optional()
      .describe("What an operator should know about the way this edge is set up; not for callers without the token that others show."),
    broken: z
      .array(z.object({ kind: z.string(), id: z.string(), path: z.string(), problems: z.array(problemSchema) }))
      .optional()
      .describe(
        "Entries of the configuration file that break a rule: they are kept, not run, and the others run. As warnings, not for everybody.",
      ),
    node_id: z.string().optional(),
    device_name: z.string().optional(),
    manager: z
      .object({
        state: z.enum(LINK_STATES),
        url: z.string().optional().describe("The address in use, or the last one that was."),
        since: z.iso.datetime().optional(),
        node_id: z.string().optional().describe("What the manager calls this node."),
        error: z.object({ code: z.string(), message: z.string() }).optional().describe("Why there is no connection."),
      })
      .optional()
      .describe("How the connection to the manager stands; absent where none is configured. To everybody its state alone."),
    capabilities: z.array(z.string()),
    restarts: z.int().nonnegative().describe("Times that the edge ended abnormally and was started again."),
    backend: z
      .object({
        name: z.string(),
        declined: z.string().optional().describe("Why the native backend does not serve on this machine, where it does not."),
      })
      .describe("How the node reaches its sockets."),
    system_resources: z
      .object({
        cpu_percent: z.number(),
        ram_percent: z.number(),
        ram_used_bytes: z.number(),
        ram_total_bytes: z.number(),
        critical: z.boolean().describe("A resource is above its critical limit."),
      })
      .optional()
      .describe("Load of the whole machine; absent in the first seconds."),
    resource_budget: resourceBudgetSchema.optional().describe("Codecs and what they may take; as warnings, not for everybody."),
    lanes: z.array(laneHealthSchema),
  })
  .meta({ id: "Health" });

export type ResourceBudget = z.output<typeof resourceBudgetSchema>;
export type Health = z.output<typeof healthSchema>;
