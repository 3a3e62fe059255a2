import { adaptationFieldLength, isScrambled, PACKET_SIZE, payloadOffset, payloadUnitStart, pid as pidOf } from "../packet.ts";
import { IS_AUDIO, IS_VIDEO, type PsiCache } from "./psi-cache.ts";

/** random_access_indicator. ISO/IEC 13818-1 §2.4.3.5. */
const RANDOM_ACCESS = 0x40;

const H264 = 0x1b;
const HEVC = 0x24;
const MPEG_2 = new Set([0x01, 0x02]);

/**
 * A decoder that knows nothing can begin with this packet: its adaptation field says so, or the picture that begins in it does by its first
 * units. `streamType` is that of the packet's PID. What is scrambled is judged by the adaptation field alone.
 */
export const beginsRandomAccess = (bytes: Uint8Array, at: number, streamType: number): boolean => {
  if (adaptationFieldLength(bytes, at) > 0 && ((bytes[at + 5] ?? 0) & RANDOM_ACCESS) !== 0) {
    return true;
  }
  if (!payloadUnitStart(bytes, at) || isScrambled(bytes, at)) {
    return false;
  }
  const end = at + PACKET_SIZE;
  for (let i = at + payloadOffset(bytes, at); i + 3 < end; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1 && opens(bytes[i + 3] ?? 0, streamType)) {
      return true;
    }
  }
  return false;
};

/** The first of the packets in bytes [at, end) with which decoding can begin, -1 when there is none. Of a stream without pictures, its sound. */
export const findRandomAccess = (bytes: Uint8Array, at: number, end: number, source: PsiCache): number => {
  const { roles, videoTypes, hasVideo } = source;
  for (let packet = at; packet + PACKET_SIZE <= end; packet += PACKET_SIZE) {
    const pid = pidOf(bytes, packet);
    const role = roles[pid] ?? 0;
    if ((role & IS_VIDEO) !== 0 && beginsRandomAccess(bytes, packet, videoTypes[pid] ?? 0)) {
      return packet;
    }
    if (!hasVideo && (role & IS_AUDIO) !== 0 && payloadUnitStart(bytes, packet)) {
      return packet;
    }
  }
  return -1;
};

/** A unit of that type stands in front of a picture with which decoding can begin, or is one. H.264 table 7-1, H.265 table 7-1, 13818-2 table 6-1. */
const opens = (code: number, streamType: number): boolean => {
  if (streamType === H264) {
    return (code & 0x1f) === 5 || (code & 0x1f) === 7;
  }
  if (streamType === HEVC) {
    const type = (code >> 1) & 0x3f;
    return (type >= 16 && type <= 21) || type === 32 || type === 33;
  }
  return MPEG_2.has(streamType) && code === 0xb3;
};
