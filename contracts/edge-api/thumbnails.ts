import { z } from "zod";

/** GET flows/{flow_id}/inputs/{input_id}/thumbnail. */
export const thumbnailInputParams = z.object({ flow_id: z.string(), input_id: z.string() });

export const thumbnailQuery = z.object({
  live: z.stringbool().default(false).describe("Makes five pictures a second of it for the next five seconds."),
});

/** What a reader of ws/thumbnails is told. */
export const thumbnailMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("thumbnail"),
    payload: z.object({
      flow_id: z.string(),
      input_id: z.string(),
      active: z.boolean().describe("The input is on the flow's bus: this is the flow's picture too."),
      data: z.string().describe("The JPEG, base64."),
      width: z.int(),
      height: z.int(),
      taken_unix_ms: z.number().describe("When what it shows was on the wire."),
      age_ms: z.number().describe("How long ago that was when it was sent."),
    }),
  }),
  z.object({
    type: z.literal("refused"),
    payload: z.object({ flow_id: z.string(), input_id: z.string().optional(), error_code: z.string(), error: z.string() }),
  }),
]);

/** What a reader may say: what it wants live from now on, in the place of what it wanted before. */
export const previewWish = z.strictObject({
  live: z.array(z.strictObject({ flow_id: z.string(), input_id: z.string().optional() })).max(8),
});

export type ThumbnailMessage = z.output<typeof thumbnailMessage>;
