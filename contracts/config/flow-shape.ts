import { z } from "zod";
import { displayName, partId } from "./parts.ts";

/** Packets that the ring of a flow holds unless the flow says otherwise. */
export const BUS_PACKETS = 4096;
/** Bound of an output's queue unless the flow says otherwise; never more than the ring holds. */
export const QUEUE_PACKETS = 2048;

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** What happens while a flow's input exceeds its limit: tell, or tell and drop. */
export const BANDWIDTH_ACTIONS = ["alarm", "block"] as const;

export const bandwidthLimitSchema = z.looseObject({
  max_bitrate_mbps: z.number().gt(0).max(10_000).describe("Mbit/s that the input is expected to stay below."),
  action: z.enum(BANDWIDTH_ACTIONS).describe("alarm: an event. block: the event, and nothing passes until the rate is normal."),
  grace_period_secs: z.int().min(1).max(60).default(5).describe("Seconds of excess before anything happens."),
});

export const recordingSchema = z.looseObject({
  enabled: z.boolean().default(true),
  storage_id: z
    .string()
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/, { error: "must be 1 to 64 letters, digits, dots, dashes or underscores" })
    .optional()
    .describe("Folder of the recording; the id of the flow when absent."),
  segment_seconds: z.int().min(2).max(60).default(10),
  retention_seconds: z.int().min(0).default(86_400).describe("0 keeps everything."),
  max_bytes: z.int().min(0).default(53_687_091_200).describe("0 for no limit."),
  pre_buffer_seconds: z.int().min(1).max(300).optional(),
});

/** PTP domain, IEEE 1588. */
const clockDomain = () => z.int().min(0).max(127);

export const flowSchema = z.looseObject({
  id: partId().describe("Unique among all flows."),
  name: displayName().describe("Shown to people."),
  enabled: z.boolean().default(true).describe("Started with the edge and when it is created."),
  input_ids: z.array(z.string()).default([]).describe("Inputs of the flow; at most one of them is active."),
  output_ids: z.array(z.string()).default([]).describe("Outputs of the flow."),
  bus_packets: z
    .int()
    .min(256)
    .max(65_536)
    .refine(isPowerOfTwo, { error: "must be a power of two from 256 to 65536" })
    .default(BUS_PACKETS)
    .describe("Packets that the flow's ring holds; a power of two."),
  bus_bytes: z
    .int()
    .min(524_288)
    .max(268_435_456)
    .optional()
    .describe("Bytes of the flow's ring; 1024 for each packet, at least 512 KiB, when absent."),
  queue_packets: z
    .int()
    .min(16)
    .max(65_536)
    .optional()
    .describe(`Packets that an output may lag behind before it loses the oldest; ${QUEUE_PACKETS} when absent, at most bus_packets.`),
  media_analysis: z
    .boolean()
    .optional()
    .describe("Looks into the streams of each input for codec, resolution, rate, cues; true when absent. Changed while the flow runs."),
  tr101290: z
    .boolean()
    .optional()
    .describe("Checks each input by TR 101 290; true when absent. With neither this nor media_analysis only the tables are read."),
  thumbnail: z
    .boolean()
    .optional()
    .describe("Makes pictures of each input, and watches them for black, freezes and loss; true when absent. Changed while the flow runs."),
  thumbnail_interval_secs: z
    .number()
    .min(1)
    .max(60)
    .optional()
    .describe("Seconds from one picture of an input to the next; 5 when absent. Changed while the flow runs."),
  thumbnail_program_number: z
    .int()
    .min(1, { error: "must be greater than 0: program number 0 is reserved for the network information table" })
    .max(65_535)
    .optional()
    .describe("Program of the thumbnails; the lowest with video when absent. Changed while the flow runs."),
  bandwidth_limit: bandwidthLimitSchema.optional().describe("Watches the rate of the input (RP 2129)."),
  assembly: z.looseObject({}).optional().describe("Builds the stream from elementary streams."),
  clock_domain: clockDomain().optional().describe("PTP domain, 0 to 127."),
  flow_group_id: partId().optional().describe("The flow group that lists this flow."),
  recording: recordingSchema.optional().describe("Records the flow to disk."),
});

export const flowGroupSchema = z.looseObject({
  id: partId().describe("Unique among the flow groups."),
  name: displayName().describe("Shown to people."),
  clock_domain: clockDomain().optional().describe("PTP domain, 0 to 127."),
  flow_ids: z.array(z.string()).max(1_024).default([]).describe("Flows that start and stop together."),
});

export type BandwidthLimit = z.output<typeof bandwidthLimitSchema>;
export type Recording = z.output<typeof recordingSchema>;
export type Flow = z.output<typeof flowSchema>;
export type FlowGroup = z.output<typeof flowGroupSchema>;
