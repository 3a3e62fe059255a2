import { PCR_PER_STAMP } from "../media-time.ts";

// ESCR: 33 bits of base and 9 of extension in six bytes, with two reserved bits before and a marker bit behind each run of bits.
// ISO/IEC 13818-1 §2.4.3.6.

/** In 27 MHz ticks. */
export const readEscr = (bytes: Uint8Array, at: number): number => {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + 6);
  const high = (first >> 3) & 7;
  const middle = ((first & 3) << 13) | (second << 5) | (third >> 3);
  const low = ((third & 3) << 13) | (fourth << 5) | (fifth >> 3);
  return (high * 2 ** 30 + middle * 2 ** 15 + low) * PCR_PER_STAMP + (((fifth & 3) << 7) | (sixth >> 1));
};

/** `ticks` is below PCR_WRAP. */
export const writeEscr = (bytes: Uint8Array, at: number, ticks: number): void => {
  const extension = ticks % PCR_PER_STAMP;
  const base = (ticks - extension) / PCR_PER_STAMP;
  const high = Math.floor(base / 2 ** 30);
  const middle = Math.floor(base / 2 ** 15) & 0x7fff;
  const low = base % 2 ** 15;
  bytes[at] = 0xc4 | (high << 3) | (middle >> 13);
  bytes[at + 1] = middle >> 5;
  bytes[at + 2] = ((middle & 0x1f) << 3) | 4 | (low >> 13);
  bytes[at + 3] = low >> 5;
  bytes[at + 4] = ((low & 0x1f) << 3) | 4 | (extension >> 7);
  bytes[at + 5] = (extension << 1) | 1;
};
