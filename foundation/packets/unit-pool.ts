import { check } from "@bilbycast/foundation/check";
import type { Memory } from "./memory.ts";
import type { PacketBatch } from "./packet-batch.ts";

/** The longest unit of a bus that carries MPEG-TS: 7 TS packets, what ST 2022-2 §6.3 lets into one Ethernet frame. Bytes. */
export const UNIT_SIZE = 7 * 188;

/** How many units a payload of that many bytes makes. */
export const unitCount = (length: number): number => Math.ceil(length / UNIT_SIZE);

/** 21 cache lines hold a unit, so that no two units share one. */
const SLOT_SIZE = 1_344;

/**
 * Payloads that must wait, in reserved memory. A payload takes one slot per unit, chained, and is named by its first slot.
 * A slot that was given back is not handed out again before the next `turn`, so rows put into a batch stay intact until then.
 */
export class UnitPool {
  readonly #memory: Memory;
  readonly #base: number;
  readonly #mask: number;
  /** Bytes in each slot. */
  readonly #length: Uint16Array;
  /** Next slot of the same payload, -1 at its end. */
  readonly #chain: Int32Array;
  /** Free slots, oldest first: [#taken, #given) modulo its size. */
  readonly #free: Int32Array;
  #taken = 0;
  #given: number;
  /** Slots given back behind this one are still being read. */
  #ripe: number;

  /** `slots` is a power of two. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, slots: number) {
    check(slots > 0 && (slots & (slots - 1)) === 0, "a unit pool is a power of two");
    this.#memory = memory;
    this.#base = memory.reserve(slots * SLOT_SIZE);
    this.#mask = slots - 1;
    this.#length = new Uint16Array(slots);
    this.#chain = new Int32Array(slots).fill(-1);
    this.#free = Int32Array.from({ length: slots }, (_, slot) => slot);
    this.#given = slots;
    this.#ripe = slots;
  }

  /** Slots that nothing waits in, those included that are read until the next call. */
  get free(): number {
    return this.#given - this.#taken;
  }

  /** Begins a call of the machine: what was given back during the last one may be used again. */
  turn(): void {
    this.#ripe = this.#given;
  }

  /** Copies a payload in. Returns its name, or -1 when there is not enough room: nothing was taken. */
  hold(offset: number, length: number): number {
    if (this.#ripe - this.#taken < unitCount(length)) {
      return -1;
    }
    let first = -1;
    let last = -1;
    for (let done = 0; done < length; done += UNIT_SIZE) {
      const slot = this.#free[this.#taken++ & this.#mask] ?? 0;
      const size = Math.min(UNIT_SIZE, length - done);
      this.#memory.copy(this.#base + slot * SLOT_SIZE, offset + done, size);
      this.#length[slot] = size;
      this.#chain[slot] = -1;
      if (last < 0) {
        first = slot;
      } else {
        this.#chain[last] = slot;
      }
      last = slot;
    }
    return first;
  }

  /** Puts a payload's units into `out` and gives its slots back. `false` when `out` has no room: nothing happened. */
  emit(payload: number, out: PacketBatch): boolean {
    if (out.capacity - out.count < this.#unitsOf(payload)) {
      return false;
    }
    for (let slot = payload; slot >= 0; slot = this.#chain[slot] ?? -1) {
      out.push(this.#base + slot * SLOT_SIZE, this.#length[slot] ?? 0, 0);
    }
    this.drop(payload);
    return true;
  }

  /** Gives a payload's slots back. */
  drop(payload: number): void {
    for (let slot = payload; slot >= 0; slot = this.#chain[slot] ?? -1) {
      this.#free[this.#given++ & this.#mask] = slot;
    }
  }

  close(): void {
    this.#memory.release(this.#base);
  }

  #unitsOf(payload: number): number {
    let count = 0;
    for (let slot = payload; slot >= 0; slot = this.#chain[slot] ?? -1) {
      count++;
    }
    return count;
  }
}
