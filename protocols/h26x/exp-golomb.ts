import type { BitReader } from "@bilbycast/foundation/bytes";

/** ue(v): 0 to 2^32 - 2. A code of more than 32 leading zeros is none: the reader is then past its end. H.264 §9.1, H.265 §9.2. */
export const ue = (reader: BitReader): number => {
  let zeros = 0;
  while (!reader.flag()) {
    zeros++;
    if (zeros > 32 || reader.overrun) {
      reader.skip(Number.MAX_SAFE_INTEGER);
      return 0;
    }
  }
  return 2 ** zeros - 1 + reader.read(zeros);
};

/** se(v). H.264 §9.1.1, H.265 §9.2.2. */
export const se = (reader: BitReader): number => {
  const code = ue(reader);
  return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
};
