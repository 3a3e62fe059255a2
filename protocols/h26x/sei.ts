import { BitReader, u16, u32 } from "@bilbycast/foundation/bytes";
import type { Captions } from "./access-unit.ts";

/** payloadType of SEI messages. H.264 §D.1.1, H.265 §D.2.1. */
export const PIC_TIMING = 1;
export const USER_DATA_T35 = 4;
export const RECOVERY_POINT = 6;
/** HEVC only. */
export const TIME_CODE = 136;

/** Calls `take` with each message of an SEI RBSP; one that reaches past the end closes the list. H.264 §7.3.2.3.1. */
export const eachSeiMessage = (rbsp: Uint8Array, take: (payloadType: number, payload: Uint8Array) => void): void => {
  let at = 0;
  // The last byte but zeros is rbsp_trailing_bits.
  const end = rbsp.findLastIndex((byte) => byte !== 0);
  while (at + 1 < end) {
    let type = 0;
    let size = 0;
    for (; rbsp[at] === 0xff; at++) {
      type += 0xff;
    }
    type += rbsp[at++] ?? 0;
    for (; rbsp[at] === 0xff; at++) {
      size += 0xff;
    }
    size += rbsp[at++] ?? 0;
    if (at + size > end) {
      return;
    }
    take(type, rbsp.subarray(at, at + size));
    at += size;
  }
};

const COUNTRY_USA = 0xb5;
const PROVIDER_ATSC = 0x31;
/** "GA94". */
const ATSC_IDENTIFIER = 0x47413934;
const CC_DATA = 3;

/** Captions in user_data_registered_itu_t_t35; `undefined` when it is something else. ATSC A/72 §6.4.2. */
export const captionsOfT35 = (payload: Uint8Array): Captions | undefined =>
  payload[0] === COUNTRY_USA && u16(payload, 1) === PROVIDER_ATSC ? captionsOfAtsc(payload.subarray(3)) : undefined;

/** Captions in ATSC user data, the identifier first; `undefined` when it is something else. ATSC A/53 part 4 §6.2.3. */
export const captionsOfAtsc = (data: Uint8Array): Captions | undefined => {
  if (u32(data, 0) !== ATSC_IDENTIFIER || data[4] !== CC_DATA) {
    return undefined;
  }
  const captions = { cea608: false, cea708: false };
  const count = (data[5] ?? 0) & 0x1f;
  for (let at = 7; at < 7 + 3 * count && at + 2 < data.length; at += 3) {
    const flags = data[at] ?? 0;
    const isValid = (flags & 0x04) !== 0;
    captions.cea608 ||= isValid && (flags & 0x02) === 0;
    captions.cea708 ||= isValid && (flags & 0x02) !== 0;
  }
  return captions;
};

/** counting_type of drop frame timecode. H.264 table D-2. */
const DROP_FRAME = 4;

/**
 * The rest of a clock timestamp after clock_timestamp_flag: H.264 §D.1.3 from counting_type on, HEVC §D.2.27; they differ in the bits of
 * n_frames (8 and 9). Returns a timecode only when hours, minutes and seconds are all given.
 */
export const readClock = (reader: BitReader, frameBits: number): string | undefined => {
  const countingType = reader.read(5);
  const full = reader.flag();
  reader.skip(2);
  const frames = reader.read(frameBits);
  const seconds = full || reader.flag() ? reader.read(6) : undefined;
  const minutes = full || (seconds !== undefined && reader.flag()) ? reader.read(6) : undefined;
  const hours = full || (minutes !== undefined && reader.flag()) ? reader.read(5) : undefined;
  if (reader.overrun || seconds === undefined || minutes === undefined || hours === undefined) {
    return undefined;
  }
  return timecode(hours, minutes, seconds, frames, countingType === DROP_FRAME);
};

/** "hh:mm:ss:ff", with a semicolon before the frames for drop frame; `undefined` when it is no time of day. */
export const timecode = (hours: number, minutes: number, seconds: number, frames: number, dropFrame: boolean): string | undefined => {
  if (hours > 23 || minutes > 59 || seconds > 59) {
    return undefined;
  }
  const [hh, mm, ss, ff] = [hours, minutes, seconds, frames].map((part) => String(part).padStart(2, "0"));
  return `${hh}:${mm}:${ss}${dropFrame ? ";" : ":"}${ff}`;
};

/** HEVC time_code SEI: its first timestamp. §D.2.27. */
export const readTimeCode = (payload: Uint8Array): string | undefined => {
  const reader = new BitReader(payload);
  if (reader.read(2) === 0 || !reader.flag()) {
    return undefined;
  }
  reader.skip(1);
  return readClock(reader, 9);
};
