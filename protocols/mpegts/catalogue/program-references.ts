import { u16 } from "@bilbycast/foundation/bytes";

/** What a program says of a PID. `codec`: format_identifier or descriptor that names what stream_type 0x06 leaves open. */
export type Reference =
  | { kind: "pcr"; pid: number }
  | { kind: "stream"; pid: number; streamType: number; isAudioOrVideo: boolean }
  | { kind: "access"; pid: number };

const CA_DESCRIPTOR = 0x09;
const REGISTRATION = 0x05;
const PRIVATE_PES = 0x06;

/** Pictures and sound by stream_type. ISO/IEC 13818-1 table 2-34, ETSI TS 101 154, ATSC A/53. */
const AUDIO_OR_VIDEO = new Set([
  0x01, 0x02, 0x03, 0x04, 0x0f, 0x10, 0x11, 0x1b, 0x1c, 0x20, 0x21, 0x24, 0x2d, 0x32, 0x33, 0x42, 0x81, 0x87, 0xd1, 0xea,
]);
/** AC-3, E-AC-3, DTS and AAC in private PES packets. EN 300 468 annexes D to H. */
const AUDIO_TAGS = new Set([0x6a, 0x7a, 0x7b, 0x7c]);
/** SMPTE 302M, AC-3, Opus, HEVC and others as registered, in the order of their four characters. */
const AUDIO_OR_VIDEO_FORMATS = new Set([0x42535344, 0x41432d33, 0x45414333, 0x4f707573, 0x48455643, 0x41432d34, 0x44545331, 0x44545332]);

/** Tells of each PID that a whole map section names, without making a table of it. One that breaks off ends the list. */
export const visitReferences = (section: Uint8Array, visit: (reference: Reference) => void): void => {
  const end = section.length - 4;
  const infoEnd = 12 + (u16(section, 10) & 0x0fff);
  if (infoEnd > end) {
    return;
  }
  visit({ kind: "pcr", pid: u16(section, 8) & 0x1fff });
  visitAccess(section, 12, infoEnd, visit);
  for (let at = infoEnd; at + 5 <= end;) {
    const streamEnd = at + 5 + (u16(section, at + 3) & 0x0fff);
    if (streamEnd > end) {
      return;
    }
    const streamType = section[at] ?? 0;
    const isAudioOrVideo = AUDIO_OR_VIDEO.has(streamType) || (streamType === PRIVATE_PES && hasCodec(section, at + 5, streamEnd));
    visit({ kind: "stream", pid: u16(section, at + 1) & 0x1fff, streamType, isAudioOrVideo });
    visitAccess(section, at + 5, streamEnd, visit);
    at = streamEnd;
  }
};

/** PIDs of entitlement messages that CA descriptors in bytes [from, end) name. ISO/IEC 13818-1 §2.6.16. */
export const visitAccess = (bytes: Uint8Array, from: number, end: number, visit: (reference: Reference) => void): void => {
  for (let at = from; at + 2 <= end; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === CA_DESCRIPTOR && (bytes[at + 1] ?? 0) >= 4 && at + 6 <= end) {
      visit({ kind: "access", pid: u16(bytes, at + 4) & 0x1fff });
    }
  }
};

const hasCodec = (bytes: Uint8Array, from: number, end: number): boolean => {
  for (let at = from; at + 2 <= end; at += 2 + (bytes[at + 1] ?? 0)) {
    const tag = bytes[at] ?? 0;
    const isFormat = tag === REGISTRATION && at + 6 <= end && AUDIO_OR_VIDEO_FORMATS.has(u16(bytes, at + 2) * 65_536 + u16(bytes, at + 4));
    if (AUDIO_TAGS.has(tag) || isFormat) {
      return true;
    }
  }
  return false;
};
