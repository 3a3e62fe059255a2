import type { AudioFrame } from "./audio-format.ts";
import type { FrameShape } from "./frame-walker.ts";

/** opus_control_header: 11 bits 0x3FF. ETSI TS 103 491 §4, "Opus in MPEG-TS". */
const PREFIX = 0x3ff;
const START_TRIM = 0x10;
const END_TRIM = 0x08;
const EXTENSION = 0x04;

/** Bytes of a header with the longest size that an access unit of 255 channels can have, both trims and the extension's length. */
const HEAD_SIZE = 64;
const HEADER_SIZE = 3;

/** Samples of 48 kHz in an Opus frame, by the configuration in the TOC byte. RFC 6716 §3.1. */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];

const frameSamplesOf = (configuration: number): number | undefined => {
  if (configuration < 12) {
    return SILK[configuration & 3];
  }
  return configuration < 16 ? HYBRID[configuration & 1] : CELT[configuration & 3];
};

/** Opus frames in a packet; code 3 has the count in a byte of its own. */
const framesOf = (toc: number, next: number): number => [1, 2, 2][toc & 3] ?? next & 0x3f;

/** Where the access unit begins and how long it is; `undefined` for a header that is none, "more" for one that goes on past [0, size). */
const readControlHeader = (bytes: Uint8Array, size: number): { at: number; unitSize: number } | "more" | undefined => {
  const [first = 0, flags = 0] = bytes;
  if (((first << 3) | (flags >> 5)) !== PREFIX) {
    return undefined;
  }
  let at = 2;
  let unitSize = 0;
  for (; bytes[at] === 0xff && at < size; at++) {
    unitSize += 0xff;
  }
  unitSize += bytes[at++] ?? 0;
  at += ((flags & START_TRIM) === 0 ? 0 : 2) + ((flags & END_TRIM) === 0 ? 0 : 2);
  if ((flags & EXTENSION) !== 0) {
    at += 1 + (bytes[at] ?? 0);
  }
  return at <= size ? { at, unitSize } : "more";
};

const readFrame = (bytes: Uint8Array, size: number): AudioFrame | "more" | undefined => {
  const header = readControlHeader(bytes, size);
  if (typeof header !== "object") {
    return header;
  }
  if (header.unitSize === 0) {
    return undefined;
  }
  const toc = bytes[header.at] ?? 0;
  const samples = frameSamplesOf(toc >> 3);
  // How many channels are coded together stands in the descriptor of the program map.
  const frameSamples = samples === undefined ? undefined : samples * framesOf(toc, bytes[header.at + 1] ?? 0);
  return { frameSize: header.at + header.unitSize, format: { codec: "opus", sampleRate: 48_000, frameSamples } };
};

/** Opus: stream_type 0x06 with registration "Opus". */
export const opusShape: FrameShape = { headerSize: HEADER_SIZE, headSize: HEAD_SIZE, read: readFrame };
