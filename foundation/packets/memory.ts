/** A lane's memory as pure code sees it. Offsets are bytes from its start; 0 is never handed out. */
export type Memory = {
  readonly bytes: Uint8Array;
  /** The same bytes in 32-bit words of the machine's own order; offsets handed out start on a word. */
  readonly words: Uint32Array;
  /** Copies within the memory; the stretches may overlap. */
  copy(target: number, source: number, length: number): void;
  /** Room for as long as the owner is open, never for a packet. Its content is whatever it was. Throws the Fault `arena_exhausted`. */
  reserve(size: number): number;
  /** Gives back what `reserve` returned. */
  release(offset: number): void;
};
