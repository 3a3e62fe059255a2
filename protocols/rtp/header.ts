import { setU16, setU32, u16, u32 } from "@bilbycast/foundation/bytes";

/** Version, marker, payload type, sequence number, timestamp and SSRC; without CSRCs and extension. RFC 3550 §5.1. */
export const FIXED_HEADER_SIZE = 12;

const VERSION = 2;
const EXTENSION_HEADER_SIZE = 4;

/**
 * Bytes from the start of an RTP packet to its payload: fixed header, CSRC list and extension. RFC 3550 §5.1, §5.3.1.
 * -1 for anything that is not RTP version 2 or whose header reaches past the datagram.
 */
export const payloadStart = (bytes: Uint8Array, offset: number, length: number): number => {
  if (length < FIXED_HEADER_SIZE) {
    return -1;
  }
  const first = bytes[offset] ?? 0;
  if (first >> 6 !== VERSION) {
    return -1;
  }
  let start = FIXED_HEADER_SIZE + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + EXTENSION_HEADER_SIZE > length) {
      return -1;
    }
    start += EXTENSION_HEADER_SIZE + u16(bytes, offset + start + 2) * 4;
  }
  return start <= length ? start : -1;
};

/**
 * Bytes from the start of an RTP packet to the end of its payload: its length without padding. RFC 3550 §5.1.
 * `start` is what `payloadStart` gave. -1 when the padding is empty or reaches into the header.
 */
export const payloadEnd = (bytes: Uint8Array, offset: number, length: number, start: number): number => {
  if (((bytes[offset] ?? 0) & 0x20) === 0) {
    return length;
  }
  const padding = length > start ? (bytes[offset + length - 1] ?? 0) : 0;
  return padding > 0 && padding <= length - start ? length - padding : -1;
};

/** 7 bits. The packet must be at least `FIXED_HEADER_SIZE` long, here and below. */
export const payloadType = (bytes: Uint8Array, offset: number): number => (bytes[offset + 1] ?? 0) & 0x7f;

/** 16 bits, wraps. */
export const sequenceNumber = (bytes: Uint8Array, offset: number): number => u16(bytes, offset + 2);

/** 32 bits, wraps; ticks of the payload's clock rate. */
export const timestamp = (bytes: Uint8Array, offset: number): number => u32(bytes, offset + 4);

/** 32 bits: who sends. A sender that restarts chooses another. */
export const ssrc = (bytes: Uint8Array, offset: number): number => u32(bytes, offset + 8);

/**
 * Whether the second byte is an RTCP packet type rather than marker and payload type, where both share a port. RFC 5761 §4.
 * Only asked of what carries no MPEG-TS, so that a payload type of 64 to 95 with its marker set is not mistaken.
 */
export const isRtcp = (bytes: Uint8Array, offset: number, length: number): boolean => {
  const type = bytes[offset + 1] ?? 0;
  return length >= 8 && (bytes[offset] ?? 0) >> 6 === VERSION && type >= 192 && type <= 223;
};

/** Writes a fixed header: no padding, extension, CSRC or marker. Numbers wider than their field are taken modulo its size. */
export const writeHeader = (bytes: Uint8Array, offset: number, type: number, sequence: number, ticks: number, source: number): void => {
  bytes[offset] = VERSION << 6;
  bytes[offset + 1] = type & 0x7f;
  setU16(bytes, offset + 2, sequence);
  setU32(bytes, offset + 4, ticks);
  setU32(bytes, offset + 8, source);
};
