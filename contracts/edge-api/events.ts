import { z } from "zod";

export const SEVERITIES = ["info", "warning", "critical"] as const;

export const eventSchema = z
  .object({
    sequence: z.int().nonnegative().describe("Counts up from 1 since the edge started."),
    time: z.iso.datetime(),
    severity: z.enum(SEVERITIES),
    category: z.string(),
    message: z.string(),
    flow_id: z.string().optional(),
    input_id: z.string().optional(),
    output_id: z.string().optional(),
    details: z.looseObject({ error_code: z.string() }),
  })
  .meta({ id: "Event" });

/** GET events. */
export const eventQuery = z.object({
  after: z.coerce.number().int().nonnegative().default(0).describe("Only events behind this sequence number."),
  limit: z.coerce.number().int().min(1).max(4096).default(1000).describe("The newest when there are more."),
});

export const eventListSchema = z.object({
  events: z.array(eventSchema).describe("Oldest first."),
  dropped: z.int().nonnegative().describe("Events that were given up because the list was full."),
});

export type EdgeEventRecord = z.output<typeof eventSchema>;
