/**
 * A bus as a reader sees it. Packet n lies in column n & mask and is there while tail <= n < head.
 * Packet numbers count up from 0 and never wrap (a double holds 2^53).
 */
export type PacketRing = {
  readonly head: number;
  readonly tail: number;
  readonly mask: number;
  /** Bytes from the start of the memory. */
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  /** When the packet came in, or when it is due where its source says so: an Instant. */
  readonly arrival: Float64Array;
  /** Number of the first packet of the unbroken, equal-sized row that the packet belongs to. */
  readonly row: Float64Array;
};
