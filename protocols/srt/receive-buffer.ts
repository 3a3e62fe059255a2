import { check } from "@bilbycast/foundation/check";
import type { Memory, PacketBatch } from "@bilbycast/foundation/packets";
import { HEADER_SIZE } from "./packet.ts";
import { SlotPool } from "./slot-pool.ts";

/** Whether a packet has a place. */
export const FITS = 0;
export const BELATED = 1;
export const DUPLICATE = 2;
export const BEYOND = 3;

/** What a column knows of its packet. */
const ABSENT = 0;
const MISSING = 1;
const PRESENT = 2;
/** It came, or was given up by the peer, and there is nothing to deliver. */
const VOID = 3;

/**
 * Packets between their arrival and their time, by endless sequence number. Columns [next, end) are in use: what has come is PRESENT,
 * what others have overtaken is MISSING. All memory is reserved when it is made.
 */
export class ReceiveBuffer {
  readonly capacity: number;
  /** The packet that is delivered next. */
  next = 0;
  /** Behind the highest that has come. */
  end = 0;
  /** Packets in [next, end) that have not come and are not given up. */
  missing = 0;
  /** Packets that wait. */
  held = 0;
  readonly #memory: Memory;
  readonly #pool: SlotPool;
  readonly #mask: number;
  readonly #state: Uint8Array;
  readonly #slot: Int32Array;
  readonly #length: Uint16Array;
  readonly #stamp: Float64Array;
  #complete = 0;
  #newestStamp = 0;
  /** No packet before it is there. */
  #present = 0;

  /** `capacity` is a power of two. Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, capacity: number) {
    check((capacity & (capacity - 1)) === 0, "a receive buffer is a power of two");
    this.capacity = capacity;
    this.#memory = memory;
    this.#pool = new SlotPool(memory, capacity);
    this.#mask = capacity - 1;
    this.#state = new Uint8Array(capacity);
    this.#slot = new Int32Array(capacity);
    this.#length = new Uint16Array(capacity);
    this.#stamp = new Float64Array(capacity);
  }

  /** Forgets everything; the next packet is `first`. */
  reset(first: number): void {
    this.dropTo(this.end);
    this.#pool.turn();
    this.next = first;
    this.end = first;
    this.#complete = first;
    this.#present = first;
  }

  /** Begins a call of the machine: what was delivered in the last one has been read. */
  turn(): void {
    this.#pool.turn();
  }

  /** First packet that has not come: everything before it may be acknowledged. */
  get complete(): number {
    let complete = Math.max(this.#complete, this.next);
    while (complete < this.end && (this.#state[complete & this.#mask] ?? 0) >= PRESENT) {
      complete++;
    }
    this.#complete = complete;
    return complete;
  }

  /** Packets that there is room for behind `complete`. */
  get room(): number {
    return this.capacity - (this.complete - this.next);
  }

  fits(sequence: number): number {
    if (sequence < this.next) {
      return BELATED;
    }
    if (sequence >= this.next + this.capacity) {
      return BEYOND;
    }
    return sequence < this.end && (this.#state[sequence & this.#mask] ?? 0) >= PRESENT ? DUPLICATE : FITS;
  }

  /** Copies a whole packet; returns where it lies, 0 when there is no room. */
  copy(at: number, length: number): number {
    const slot = this.#pool.take();
    if (slot !== 0) {
      this.#memory.copy(slot, at, length);
    }
    return slot;
  }

  discard(slot: number): void {
    this.#pool.give(slot);
  }

  /** Puts a copied packet that `fits` into its place. */
  keep(sequence: number, slot: number, payload: number, stamp: number): void {
    const column = sequence & this.#mask;
    this.#arrive(sequence, PRESENT);
    this.#slot[column] = slot;
    this.#length[column] = payload;
    this.#stamp[column] = stamp;
    this.#newestStamp = sequence === this.end - 1 ? stamp : this.#newestStamp;
    this.held++;
    if (sequence < this.#present) {
      this.#present = sequence;
    }
  }

  /** A packet that `fits` has come and is of no use. */
  keepNothing(sequence: number): void {
    this.#arrive(sequence, VOID);
  }

  /** The peer will not send packets [first, last] again: they are missing no more. Those beyond the end are made known. */
  giveUp(first: number, last: number): void {
    for (let sequence = Math.max(first, this.next); sequence <= last; sequence++) {
      const column = sequence & this.#mask;
      if (sequence >= this.end) {
        this.#arrive(sequence, VOID);
      } else if (this.#state[column] === MISSING) {
        this.#state[column] = VOID;
        this.missing--;
      }
    }
  }

  /** Time stamp of the first packet that is there; NaN when none is. */
  get firstStamp(): number {
    return this.#first() < this.end ? (this.#stamp[this.#present & this.#mask] ?? 0) : Number.NaN;
  }

  /** First packet that is there; `end` when none is. */
  get firstPresent(): number {
    return this.#first();
  }

  /** Whether nothing is missing before the first packet that is there. */
  get isInOrder(): boolean {
    return this.#first() <= this.complete;
  }

  /** Passes over what did not come before the first packet that is there; returns how many packets that were. */
  skip(): number {
    const before = this.next;
    this.dropTo(this.#first());
    return this.next - before;
  }

  /** Puts the next packet, which must be there, into `out`. */
  deliver(out: PacketBatch): void {
    const column = this.next & this.#mask;
    check(this.#state[column] === PRESENT, "a packet that is delivered is there");
    const slot = this.#slot[column] ?? 0;
    out.push(slot + HEADER_SIZE, this.#length[column] ?? 0, 0);
    this.dropTo(this.next + 1);
  }

  /** Gives up everything before `sequence`; returns how many of those packets had come. */
  dropTo(sequence: number): number {
    let present = 0;
    for (; this.next < sequence; this.next++) {
      const column = this.next & this.#mask;
      const state = this.next < this.end ? this.#state[column] : ABSENT;
      if (state === PRESENT) {
        this.#pool.give(this.#slot[column] ?? 0);
        this.held--;
        present++;
      } else if (state === MISSING) {
        this.missing--;
      }
      this.#state[column] = ABSENT;
    }
    this.end = Math.max(this.end, this.next);
    this.#present = Math.max(this.#present, this.next);
    return present;
  }

  /** Time stamps from the first packet that is there to the last that came; 0 when none is there. Microseconds. */
  get span(): number {
    const first = this.firstStamp;
    return Number.isNaN(first) ? 0 : Math.max(0, this.#newestStamp - first);
  }

  /** First packet from `from` on that is missing; `end`, or what lies behind it, when none is before it. */
  nextMissing(from: number, end: number): number {
    let sequence = Math.max(from, this.next);
    while (sequence < end && this.#state[sequence & this.#mask] !== MISSING) {
      sequence++;
    }
    return sequence;
  }

  /** First packet behind a missing one, at most `end`, that is not missing. */
  missingEnd(from: number, end: number): number {
    let sequence = from;
    while (sequence < end && this.#state[sequence & this.#mask] === MISSING) {
      sequence++;
    }
    return sequence;
  }

  close(): void {
    this.#pool.close();
  }

  #arrive(sequence: number, state: number): void {
    const column = sequence & this.#mask;
    if (sequence < this.end) {
      this.missing -= this.#state[column] === MISSING ? 1 : 0;
    } else {
      for (; this.end < sequence; this.end++) {
        this.#state[this.end & this.#mask] = MISSING;
        this.missing++;
      }
      this.end = sequence + 1;
    }
    this.#state[column] = state;
  }

  /** First packet that is there; `end` when none is. */
  #first(): number {
    let first = Math.max(this.#present, this.next);
    while (first < this.end && this.#state[first & this.#mask] !== PRESENT) {
      first++;
    }
    this.#present = first;
    return first;
  }
}
