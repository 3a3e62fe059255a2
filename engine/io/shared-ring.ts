import type { Arena } from "./arena.ts";

/** Where a bus lies in its lane's memory: all that another thread needs to read it. Offsets in bytes. */
export type RingLayout = { header: number; columns: number; bytes: number; packets: number; size: number };

/** Int32 words at the start of the header; packet numbers modulo 2^32, compared by signed difference. */
export const HEAD = 0;
export const TAIL = 1;
export const WAITING = 2;
/** Lent rings only: how far the lane has read. */
export const READ = 3;

export const HEADER_SIZE = 64;
/** offset, length and tag as Uint32, arrival and row as Float64. */
const COLUMN_BYTES = 4 + 4 + 4 + 8 + 8;

export type RingColumns = {
  words: Int32Array;
  offset: Uint32Array;
  length: Uint32Array;
  arrival: Float64Array;
  row: Float64Array;
  /** What the writer says of the packet besides. */
  tag: Uint32Array;
};

export const ringColumns = (buffer: SharedArrayBuffer, layout: RingLayout): RingColumns => {
  const { header, columns, packets } = layout;
  return {
    words: new Int32Array(buffer, header, HEADER_SIZE / 4),
    arrival: new Float64Array(buffer, columns, packets),
    row: new Float64Array(buffer, columns + 8 * packets, packets),
    offset: new Uint32Array(buffer, columns + 16 * packets, packets),
    length: new Uint32Array(buffer, columns + 20 * packets, packets),
    tag: new Uint32Array(buffer, columns + 24 * packets, packets),
  };
};

/** Reserves a ring; the numbers in its header start at 0. Throws the Fault `arena_exhausted` and keeps nothing then. */
export const reserveRing = (arena: Arena, packets: number, size: number): RingLayout => {
  const header = arena.reserve(HEADER_SIZE + packets * COLUMN_BYTES);
  try {
    const bytes = arena.reserve(size);
    arena.bytes.fill(0, header, header + HEADER_SIZE);
    return { header, columns: header + HEADER_SIZE, bytes, packets, size };
  } catch (error) {
    arena.release(header);
    throw error;
  }
};

export const releaseRing = (arena: Arena, layout: RingLayout): void => {
  arena.release(layout.bytes);
  arena.release(layout.header);
};
