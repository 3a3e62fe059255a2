import { check } from "@bilbycast/foundation/check";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import { NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Arena } from "./arena.ts";
import { HEAD, READ, releaseRing, reserveRing, ringColumns, WAITING, type RingColumns, type RingLayout } from "./shared-ring.ts";

/** Bytes per slot: a bus unit of 1316 bytes and room for what other kinds need. */
export const LENT_SLOT = 2_048;

/**
 * The lane's end of a ring that a session fills. Each unit carries the time at which it is due;
 * a unit stays where it is until the lane has published it, so nothing is copied twice.
 */
export class LentRing {
  readonly layout: RingLayout;
  readonly #arena: Arena;
  readonly #columns: RingColumns;
  readonly #mask: number;
  /** Modulo 2^32, like the writer's head. */
  #read = 0;
  #head = 0;

  constructor(arena: Arena, packets: number) {
    this.#arena = arena;
    this.layout = reserveRing(arena, packets, packets * LENT_SLOT);
    this.#columns = ringColumns(arena.memory.buffer, this.layout);
    this.#mask = packets - 1;
  }

  /** When the oldest unit is due; NEVER when there is none: then the writer wakes the lane. */
  get deadline(): Instant {
    if (this.#head === this.#read) {
      return NEVER;
    }
    return (this.#columns.arrival[this.#read & this.#mask] ?? NEVER) as Instant;
  }

  /** Adds the units that are due to the batch; they stay until `release`. Returns their bytes. */
  take(now: Instant, batch: PacketBatch): number {
    const { words, arrival, offset, length } = this.#columns;
    this.#head = Atomics.load(words, HEAD);
    let bytes = 0;
    let n = this.#read;
    while (n !== this.#head && batch.count < batch.capacity && (arrival[n & this.#mask] ?? NEVER) <= now) {
      const column = n & this.#mask;
      const size = length[column] ?? 0;
      check(size <= LENT_SLOT, "a session wrote a unit longer than a slot");
      batch.push(offset[column] ?? 0, size, 0);
      bytes += size;
      n = (n + 1) | 0;
    }
    this.#read = n;
    return bytes;
  }

  /** Gives the slots of what was taken back to the writer, and asks to be woken when there is nothing more. */
  release(): void {
    const { words } = this.#columns;
    Atomics.store(words, READ, this.#read);
    if (this.#head !== this.#read) {
      return;
    }
    Atomics.store(words, WAITING, 1);
    // What was written between the look and the request would wait for nobody.
    this.#head = Atomics.load(words, HEAD);
  }

  close(): void {
    releaseRing(this.#arena, this.layout);
  }
}

/** The session's end. */
export class LentRingWriter {
  readonly #bytes: Uint8Array;
  readonly #columns: RingColumns;
  readonly #packets: number;
  readonly #mask: number;
  readonly #layout: RingLayout;
  readonly #wake: () => void;
  #head = 0;

  constructor(buffer: SharedArrayBuffer, layout: RingLayout, wake: () => void) {
    this.#bytes = new Uint8Array(buffer);
    this.#columns = ringColumns(buffer, layout);
    this.#packets = layout.packets;
    this.#mask = layout.packets - 1;
    this.#layout = layout;
    this.#wake = wake;
  }

  /** Units that fit. */
  room(): number {
    return this.#packets - ((this.#head - Atomics.load(this.#columns.words, READ)) | 0);
  }

  /** Copies one unit in; `false` when there is no room. */
  write(unit: Uint8Array, due: Instant): boolean {
    check(unit.length <= LENT_SLOT, "a unit fits a slot");
    if (this.room() === 0) {
      return false;
    }
    const column = this.#head & this.#mask;
    const offset = this.#layout.bytes + column * LENT_SLOT;
    this.#bytes.set(unit, offset);
    this.#columns.offset[column] = offset;
    this.#columns.length[column] = unit.length;
    this.#columns.arrival[column] = due;
    this.#head = (this.#head + 1) | 0;
    return true;
  }

  /** Makes what was written visible, and wakes the lane if it waits. */
  flush(): void {
    const { words } = this.#columns;
    Atomics.store(words, HEAD, this.#head);
    if (Atomics.exchange(words, WAITING, 0) === 1) {
      this.#wake();
    }
  }
}
