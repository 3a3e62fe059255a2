import { setU16, u16 } from "@bilbycast/foundation/bytes";

const SECONDS_PER_DAY = 86_400;
/** Modified Julian Date of 1970-01-01. */
const EPOCH = 40_587;
/** The dates that 16 bits can name, in seconds since 1970: 1858-11-17 to 2038-04-22. */
const FIRST_DAY = -EPOCH;
const LAST_DAY = 0xffff - EPOCH;

/** Seconds since 1970 of 16 bits of Modified Julian Date and 24 bits of BCD time; `undefined` where it is none. EN 300 468 annex C. */
export const readUtc = (bytes: Uint8Array, at: number): number | undefined => {
  const time = readBcdTime(bytes, at + 2);
  return time === undefined ? undefined : (u16(bytes, at) - EPOCH) * SECONDS_PER_DAY + time;
};

/** Writes five bytes; fractions are cut off, and what 16 bits of days cannot name becomes the first or the last day. */
export const writeUtc = (bytes: Uint8Array, at: number, seconds: number): void => {
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  setU16(bytes, at, Math.min(LAST_DAY, Math.max(FIRST_DAY, day)) + EPOCH);
  writeBcdTime(bytes, at + 2, seconds - day * SECONDS_PER_DAY);
};

/** Six BCD digits, hours first, in seconds; `undefined` where a digit is none. */
export const readBcdTime = (bytes: Uint8Array, at: number): number | undefined => {
  let seconds = 0;
  for (let i = 0; i < 3; i++) {
    const byte = bytes[at + i] ?? 0xff;
    if (byte >> 4 > 9 || (byte & 0x0f) > 9) {
      return undefined;
    }
    seconds = seconds * 60 + (byte >> 4) * 10 + (byte & 0x0f);
  }
  return seconds;
};

/** Longest time of six digits. */
const LONGEST_TIME = 99 * 3_600 + 59 * 60 + 59;

/** Writes three bytes: 0 to 99:59:59, what is outside becomes the nearest. */
export const writeBcdTime = (bytes: Uint8Array, at: number, seconds: number): void => {
  const whole = Math.min(LONGEST_TIME, Math.max(0, Math.floor(seconds)));
  bytes[at] = bcd(Math.floor(whole / 3_600));
  bytes[at + 1] = bcd(Math.floor(whole / 60) % 60);
  bytes[at + 2] = bcd(whole % 60);
};

/** Two digits. */
export const bcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10);
