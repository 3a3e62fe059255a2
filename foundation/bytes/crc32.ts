/** CRC-32/MPEG-2 of ISO/IEC 13818-1 annex A: polynomial 0x04C11DB7, all ones at the start, nothing reflected or inverted. */
const POLYNOMIAL = 0x04c11db7;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder < 0 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1;
  }
  return remainder >>> 0;
});

/** The CRC of bytes [from, end). Over a section with its CRC_32 it is 0. */
export const crc32 = (bytes: Uint8Array, from: number, end: number): number => {
  let crc = 0xffffffff;
  for (let i = from; i < end; i++) {
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ (bytes[i] ?? 0)) & 0xff] ?? 0)) >>> 0;
  }
  return crc;
};

/**
 * By what a CRC changes when one byte of its section changes by `difference` (exclusive or) and `behind` bytes follow before the CRC.
 * The CRC is linear, so a byte can be changed without looking at the others.
 */
export const crcDifference = (difference: number, behind: number): number => {
  let crc = TABLE[difference & 0xff] ?? 0;
  for (let i = 0; i < behind; i++) {
    crc = (crc << 8) ^ (TABLE[crc >>> 24] ?? 0);
  }
  return crc >>> 0;
};
