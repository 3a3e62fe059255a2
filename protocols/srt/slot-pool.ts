import type { Memory } from "@bilbycast/foundation/packets";
import { HEADER_SIZE, MOST_PAYLOAD } from "./packet.ts";

/** A whole packet, header and all: 23 cache lines. */
export const SLOT_SIZE = HEADER_SIZE + MOST_PAYLOAD;

/**
 * Packets that must be kept, in reserved memory. The slot that came back last goes out first, so that no more memory is touched than
 * is in use. One that was given back is not handed out before the next `turn`: until then somebody may still read it.
 */
export class SlotPool {
  readonly #memory: Memory;
  readonly #base: number;
  readonly #free: Int32Array;
  readonly #given: Int32Array;
  #freeCount: number;
  #givenCount = 0;

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, slots: number) {
    this.#memory = memory;
    this.#base = memory.reserve(slots * SLOT_SIZE);
    this.#free = Int32Array.from({ length: slots }, (_, i) => this.#base + (slots - 1 - i) * SLOT_SIZE);
    this.#given = new Int32Array(slots);
    this.#freeCount = slots;
  }

  turn(): void {
    for (let i = 0; i < this.#givenCount; i++) {
      this.#free[this.#freeCount++] = this.#given[i] ?? 0;
    }
    this.#givenCount = 0;
  }

  /** Offset of a slot; 0 when there is none. */
  take(): number {
    return this.#freeCount === 0 ? 0 : (this.#free[--this.#freeCount] ?? 0);
  }

  give(slot: number): void {
    this.#given[this.#givenCount++] = slot;
  }

  close(): void {
    this.#memory.release(this.#base);
  }
}
