import { crc32, u16, u32 } from "@bilbycast/foundation/bytes";
import { setBitOf, STRIP_BLOCKS, STRIP_BYTES, STRIP_COLUMNS, STRIP_FIELDS, STRIP_ROW_SHARE, syncOf } from "./strip-layout.ts";

/** What the strip of a picture says. */
export type StripReading = {
  /** 32 bits. */
  sourceId: number;
  /** Number of the frame since the epoch, its lower 32 bits. */
  frame: number;
  /** Milliseconds since the epoch. */
  timeMs: number;
};

/** Levels between black and white sync blocks below which there is no strip. */
const LEAST_CONTRAST = 40;
/** Of a block, the middle that is looked at. */
const FROM = 0.25;
const TO = 0.75;

/**
 * Reads the strip of a picture that may have been coded and scaled to any size, but not cropped or framed. Black and white are what the sync
 * blocks are, so lifted blacks and full range do not matter. `undefined`: no strip, or one bit of it cannot be read.
 * `luma`: 8 bits a sample, rows `stride` bytes apart.
 */
export const readStrip = (luma: Uint8Array, width: number, height: number, stride: number): StripReading | undefined => {
  const threshold = thresholdOf(luma, width, height, stride);
  if (threshold === undefined) {
    return undefined;
  }
  const bytes = new Uint8Array(STRIP_BYTES);
  for (let block = 0; block < STRIP_BLOCKS; block++) {
    const isWhite = levelOf(luma, width, height, stride, block) > threshold;
    const sync = syncOf(block);
    if (sync >= 0 && (sync === 1) !== isWhite) {
      return undefined;
    }
    if (sync < 0 && isWhite) {
      setBitOf(bytes, block);
    }
  }
  if (crc32(bytes, 0, STRIP_FIELDS) !== u32(bytes, STRIP_FIELDS)) {
    return undefined;
  }
  return { sourceId: u32(bytes, 0), frame: u32(bytes, 4), timeMs: u16(bytes, 8) * 2 ** 32 + u32(bytes, 10) };
};

/** Half-way between the black and the white sync blocks. */
const thresholdOf = (luma: Uint8Array, width: number, height: number, stride: number): number | undefined => {
  const sums = [0, 0];
  const counts = [0, 0];
  for (let block = 0; block < STRIP_BLOCKS; block++) {
    const sync = syncOf(block);
    if (sync >= 0) {
      sums[sync] = (sums[sync] ?? 0) + levelOf(luma, width, height, stride, block);
      counts[sync] = (counts[sync] ?? 0) + 1;
    }
  }
  const black = (sums[0] ?? 0) / (counts[0] ?? 1);
  const white = (sums[1] ?? 0) / (counts[1] ?? 1);
  return white - black < LEAST_CONTRAST ? undefined : (white + black) / 2;
};

/** Mean of the middle of a block. */
const levelOf = (luma: Uint8Array, width: number, height: number, stride: number, block: number): number => {
  const blockWidth = width / STRIP_COLUMNS;
  const blockHeight = height * STRIP_ROW_SHARE;
  const column = block % STRIP_COLUMNS;
  const row = (block - column) / STRIP_COLUMNS;
  const left = firstIn((column + FROM) * blockWidth);
  const right = Math.max(left + 1, firstIn((column + TO) * blockWidth));
  const top = firstIn((row + FROM) * blockHeight);
  const bottom = Math.max(top + 1, firstIn((row + TO) * blockHeight));
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      sum += luma[y * stride + x] ?? 0;
    }
  }
  return sum / ((right - left) * (bottom - top));
};

/** The first sample whose centre is at `position` or behind it. */
const firstIn = (position: number): number => Math.ceil(position - 0.5);
