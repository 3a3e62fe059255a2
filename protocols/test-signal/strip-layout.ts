// The strip: two rows of eighty blocks at the upper edge, over the whole width, each row a 45th of the height. A block is black (16: bit 0)
// or white (235: bit 1), without colour. Row 0: eight sync blocks, then bits 0 to 71; row 1: bits 72 to 143, then eight sync blocks.
// Most significant bit first: source 32, frame 32, milliseconds since the epoch 48, CRC-32 (ISO/IEC 13818-1 annex A) over these 14 bytes.

export const STRIP_COLUMNS = 80;
export const STRIP_ROWS = 2;
/** Of the height of the picture, one row of the strip. */
export const STRIP_ROW_SHARE = 1 / 45;
const SYNC_BLOCKS = 8;
export const STRIP_BLOCKS = STRIP_COLUMNS * STRIP_ROWS;

/** Bytes of source, frame and time, and with the CRC. */
export const STRIP_FIELDS = 14;
export const STRIP_BYTES = 18;

/** Blocks of 4 by 4 samples: smaller ones do not survive an encoder. */
const SMALLEST_WIDTH = 320;
const SMALLEST_HEIGHT = 180;

/** Smaller pictures have no strip. */
export const hasStrip = (width: number, height: number): boolean => width >= SMALLEST_WIDTH && height >= SMALLEST_HEIGHT;

/** What a sync block is, by its place in the first row; those of the second are the opposite. */
const SYNC = [1, 0, 1, 1, 0, 0, 1, 0] as const;

/** The known value of a block, 0 or 1; -1: it carries a bit. Blocks count from left to right, row by row. */
export const syncOf = (block: number): number => {
  if (block < SYNC_BLOCKS) {
    return SYNC[block] ?? 0;
  }
  return block < STRIP_BLOCKS - SYNC_BLOCKS ? -1 : 1 - (SYNC[block - STRIP_BLOCKS + SYNC_BLOCKS] ?? 0);
};

/** The bit that a block carries; meaningful where `syncOf` is -1. */
export const bitOf = (bytes: Uint8Array, block: number): number => {
  const bit = block - SYNC_BLOCKS;
  return ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
};

/** Sets the bit that a block carries. */
export const setBitOf = (bytes: Uint8Array, block: number): void => {
  const bit = block - SYNC_BLOCKS;
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
};
