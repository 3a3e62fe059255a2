import { u16 } from "@bilbycast/foundation/bytes";

/** The only sample rate of SMPTE ST 302. */
export const S302M_RATE = 48_000;

const HEADER_SIZE = 4;
/** bits_per_sample: 0 to 2; 3 is reserved. */
const BITS: readonly (16 | 20 | 24)[] = [16, 20, 24];

/** What stands before the samples in the payload of a PES packet. SMPTE ST 302 §6. */
export type S302mHeader = {
  /** Bytes of samples behind the header: those of the whole PES packet. */
  audioSize: number;
  /** 2, 4, 6 or 8. */
  channels: number;
  /** 8 bits: the number of the first channel. */
  channelIdentification: number;
  bits: 16 | 20 | 24;
  /** Samples of each channel, by the size. */
  samples: number;
};

/** Reads the four bytes at `at`; `undefined` when they are none, or the size does not fit the channels. */
export const readS302mHeader = (bytes: Uint8Array, at: number): S302mHeader | undefined => {
  if (at + HEADER_SIZE > bytes.length) {
    return undefined;
  }
  const audioSize = u16(bytes, at);
  const fields = u16(bytes, at + 2);
  const pairs = (fields >> 14) + 1;
  const bits = BITS[(fields >> 4) & 3];
  if (bits === undefined || audioSize === 0) {
    return undefined;
  }
  // A pair of samples with their V, U, C and F bits takes 5, 6 or 7 bytes.
  const samples = audioSize / (pairs * (bits / 4 + 1));
  const channels = pairs * 2;
  return Number.isInteger(samples) ? { audioSize, channels, channelIdentification: (fields >> 6) & 0xff, bits, samples } : undefined;
};
