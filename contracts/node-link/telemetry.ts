import { z } from "zod";
import { SEVERITIES, flowStatsSchema, healthSchema } from "@bilbycast/contracts/edge-api";
import { EVENT_CATEGORY_MAX, EVENT_MESSAGE_MAX } from "./limits.ts";

const count = () => z.int().nonnegative();

const resources = z.strictObject({
  cpu_percent: z.number(),
  ram_percent: z.number(),
  ram_used_mb: z.number(),
  ram_total_mb: z.number(),
});

/** Each second, also without a flow: it is what tells a node that is there from one that is not. */
export const statsPayload = z.strictObject({
  flows: z.array(flowStatsSchema),
  tunnels: z.array(z.looseObject({})),
  uptime_secs: count(),
  active_flows: count(),
  total_flows: count(),
  system_resources: resources.optional().describe("Of the whole machine; absent in the first seconds."),
  link: z
    .strictObject({
      events_waiting: count().describe("Events that are not confirmed yet."),
      events_dropped: count().describe("Events that were given up since the start because the queue was full."),
      messages_skipped: count().describe("Stats and pictures that a newer one replaced, since the connection was slow."),
    })
    .optional()
    .describe("How the connection does."),
});

/** What is read of any node: gateways and relays send less, and other things. */
export const statsReceived = z.looseObject({
  flows: z.array(z.looseObject({ flow_id: z.string() })).default([]),
  tunnels: z.array(z.looseObject({})).default([]),
  uptime_secs: z.number().optional(),
  active_flows: z.number().optional(),
  total_flows: z.number().optional(),
  system_resources: z.looseObject({}).nullish(),
});

/** Directly after the authentication, then every fifteen seconds: what GET /health says to an administrator. */
export const healthPayload = healthSchema;
export const healthReceived = z.looseObject({
  status: z.string().optional(),
  version: z.string().optional(),
  uptime_secs: z.number().optional(),
  capabilities: z.array(z.string()).default([]),
});

/** A new picture. Without `input_id` it is the flow's, and `active_input_id` says of which input. */
export const thumbnailPayload = z.strictObject({
  flow_id: z.string(),
  input_id: z.string().optional().describe("An input that is not on air."),
  active_input_id: z.string().optional().describe("The input on air, whose picture this is as well."),
  data: z.base64().describe("The JPEG."),
  width: count(),
  height: count(),
  taken_unix_ms: z.number().optional().describe("When what it shows was on the wire."),
  live: z.boolean().optional().describe("Sent because somebody looks: there are more in a second."),
});

/** Gateways name the picture `image_base64`; it is read as `data`. */
export const thumbnailReceived = z
  .looseObject({
    flow_id: z.string(),
    input_id: z.string().nullish(),
    data: z.string().optional(),
    image_base64: z.string().optional(),
    width: z.number().optional(),
    height: z.number().optional(),
  })
  .transform(({ data, image_base64: other, input_id: input, ...rest }, context) => {
    const picture = data ?? other;
    if (picture === undefined) {
      context.addIssue({ code: "custom", path: ["data"], message: "is missing" });
      return z.NEVER;
    }
    return { ...rest, ...(typeof input === "string" ? { input_id: input } : {}), data: picture };
  });

/**
 * Something that happened; the envelope's timestamp is when. `event_id` is the event's own, and the same when it comes a second time:
 * an event whose arrival was not confirmed before a connection ended is sent again.
 */
export const eventPayload = z.strictObject({
  event_id: z.string().optional(),
  severity: z.enum(SEVERITIES),
  category: z.string().max(EVENT_CATEGORY_MAX),
  message: z.string().max(EVENT_MESSAGE_MAX),
  details: z.looseObject({ error_code: z.string() }),
  flow_id: z.string().optional(),
  input_id: z.string().optional(),
  output_id: z.string().optional(),
});

/** The severities of gateways are told as ours, beside the word that was said. */
export const eventReceived = z
  .looseObject({
    event_id: z.string().optional(),
    severity: z.string(),
    category: z.string(),
    message: z.string(),
    details: z.looseObject({}).nullish(),
    flow_id: z.string().nullish(),
    input_id: z.string().nullish(),
    output_id: z.string().nullish(),
  })
  .transform((event) => ({ ...event, severity: severityOf(event.severity), raw_severity: event.severity }));

const severityOf = (word: string): (typeof SEVERITIES)[number] => {
  const lower = word.toLowerCase();
  if (lower === "minor" || lower === "major" || lower === "error") {
    return "warning";
  }
  return SEVERITIES.find((severity) => severity === lower) ?? "info";
};

export type LinkStats = z.output<typeof statsPayload>;
export type LinkThumbnail = z.output<typeof thumbnailPayload>;
export type LinkEvent = z.output<typeof eventPayload>;
