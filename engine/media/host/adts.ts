/** ADTS header without CRC. ISO/IEC 13818-7 §6.2. Bytes. */
export const ADTS_SIZE = 7;

const AAC_LC = 1;
const AT_48000 = 3;

/** A raw AAC-LC frame of 48 kHz behind a header of its own. `channels`: 1 to 6, or 8. */
export const withAdts = (frame: Uint8Array, channels: number): Uint8Array => {
  const size = ADTS_SIZE + frame.length;
  const configuration = channels === 8 ? 7 : channels;
  const bytes = new Uint8Array(size);
  bytes.set([
    0xff,
    0xf1,
    (AAC_LC << 6) | (AT_48000 << 2) | (configuration >> 2),
    ((configuration & 3) << 6) | (size >> 11),
    (size >> 3) & 0xff,
    ((size & 7) << 5) | 0x1f,
    0xfc,
  ]);
  bytes.set(frame, ADTS_SIZE);
  return bytes;
};
