import { z } from "zod";
import { asks } from "./command.ts";
import { MEDIA_ACK_WAIT_MS, MEDIA_CHUNK_BYTES, MEDIA_FILE_BYTES_MAX } from "./limits.ts";

/** What is said of a piece of a file, in a command or in the header of a binary frame. The name is checked by the node. */
export const mediaChunkFields = {
  name: z.string().min(1).max(1_024),
  chunk_index: z.int().nonnegative(),
  total_chunks: z
    .int()
    .positive()
    .max(Math.ceil(MEDIA_FILE_BYTES_MAX / 1_024)),
  total_bytes: z.int().nonnegative(),
};

export const uploadProgress = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("in_progress"), chunks_received: z.int(), chunks_total: z.int(), bytes_received: z.int() }),
  z.strictObject({ status: z.literal("complete"), bytes_received: z.int() }),
]);

const name = () => z.string().min(1).max(1_024);

export const MEDIA_COMMANDS = {
  list_media: asks({
    title: "List the media files",
    role: "viewer",
    params: {},
    data: z.strictObject({
      files: z.array(z.strictObject({ name: z.string(), size_bytes: z.int(), modified_unix: z.int() })),
      used_bytes: z.int(),
      limit_bytes: z.int(),
    }),
  }),
  scan_media: asks({
    title: "Look into a media file",
    role: "viewer",
    params: { name: name() },
    data: z.strictObject({
      is_ts: z.boolean(),
      programs: z.array(
        z.strictObject({
          program_number: z.int(),
          pmt_pid: z.int(),
          pcr_pid: z.int().optional(),
          streams: z.array(z.strictObject({ pid: z.int(), stream_type: z.int(), kind: z.string(), codec: z.string() })),
        }),
      ),
      not_found: z.literal(true).optional(),
      file_size_bytes: z.int().optional(),
      bitrate_bps: z.int().optional(),
      duration_ms: z.int().optional(),
      ts_packet_bytes: z.int().optional().describe("188, 192 or 204."),
    }),
  }),
  upload_media_chunk: asks({
    title: "One piece of a media file; version 4 takes it as a binary frame too",
    role: "operator",
    ackWaitMs: MEDIA_ACK_WAIT_MS,
    params: { ...mediaChunkFields, data_b64: z.string().max(Math.ceil((MEDIA_CHUNK_BYTES * 4) / 3) + 4) },
    data: uploadProgress,
  }),
  delete_media: asks({
    title: "Delete a media file",
    role: "operator",
    params: { name: name() },
    data: z.strictObject({ deleted: z.boolean() }),
  }),
};
