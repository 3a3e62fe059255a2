import { z } from "zod";
import { decodeUtf8, encodeUtf8, setU32, u32 } from "@bilbycast/foundation/bytes";
import { COMMAND_ID_MAX } from "./limits.ts";
import { mediaChunkFields } from "./media-commands.ts";

const MARK = 0xbc;
const FRAME_VERSION = 0x01;
const PREFIX_BYTES = 6;

/** Bytes of a header at most. */
const HEADER_BYTES_MAX = 8_192;

/** What stands before the bytes of a piece of a media file. Its answer is an ordinary ack. */
export const mediaFrameHeader = z.strictObject({ command_id: z.string().min(1).max(COMMAND_ID_MAX), ...mediaChunkFields });
const headerReceived = z.looseObject(mediaFrameHeader.shape);

export type MediaFrameHeader = z.output<typeof mediaFrameHeader>;

/** A binary frame: `BC 01`, the length of the header (32 bits, big endian), the header as JSON, the bytes. */
export const writeMediaFrame = (header: MediaFrameHeader, bytes: Uint8Array): Uint8Array => {
  const text = encodeUtf8(JSON.stringify(header));
  const frame = new Uint8Array(PREFIX_BYTES + text.length + bytes.length);
  frame[0] = MARK;
  frame[1] = FRAME_VERSION;
  setU32(frame, 2, text.length);
  frame.set(text, PREFIX_BYTES);
  frame.set(bytes, PREFIX_BYTES + text.length);
  return frame;
};

/** The header and a view of the bytes, or why it is no such frame. */
export const readMediaFrame = (frame: Uint8Array): { header: MediaFrameHeader; bytes: Uint8Array } | string => {
  if (frame.length < PREFIX_BYTES || frame[0] !== MARK || frame[1] !== FRAME_VERSION) {
    return "no frame of media, version 1";
  }
  const length = u32(frame, 2);
  if (length > HEADER_BYTES_MAX || PREFIX_BYTES + length > frame.length) {
    return "the header is longer than it may be";
  }
  let given: unknown;
  try {
    given = JSON.parse(decodeUtf8(frame.subarray(PREFIX_BYTES, PREFIX_BYTES + length)));
  } catch {
    return "the header is no JSON";
  }
  const header = headerReceived.safeParse(given);
  return header.success ? { header: header.data, bytes: frame.subarray(PREFIX_BYTES + length) } : "the header lacks a field";
};
