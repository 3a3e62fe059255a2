import { check } from "@bilbycast/foundation/check";
import type { PacketBatch, PacketRing } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import {
  HEAD,
  releaseRing,
  reserveRing,
  ringColumns,
  TAIL,
  WAITING,
  type Arena,
  type Bell,
  type RingColumns,
  type RingLayout,
} from "@bilbycast/engine/io";

/** Longest packet, and so the most that is skipped at the ring's end. */
const LONGEST = 65_536;

/** The smallest ring that takes the longest packet with room for others. */
export const LEAST_BUS_BYTES = 8 * LONGEST;
export const LEAST_BUS_PACKETS = 64;

/** Changes packets [first, end) in their place, between the copy and the moment that readers see them. */
export type BusRewriter = { rewrite(first: number, end: number): void };

/**
 * A flow's packets in a ring, back to back. Written once by `publish`, never changed, there until lapped.
 * The bus knows no reader: a reader is a number that it compares with `tail` and `head`.
 */
export class Bus implements PacketRing {
  head = 0;
  tail = 0;
  readonly mask: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly arrival: Float64Array;
  readonly row: Float64Array;
  readonly layout: RingLayout;
  /** Once true, the words that readers on other threads look at are kept up to date; that costs a fence per publish. */
  shared = false;
  /** Sees to what is written before anybody else does. */
  rewriter: BusRewriter | undefined;
  /** Goes with each packet that is written from now on, to readers on other threads. */
  tag = 0;

  readonly #arena: Arena;
  readonly #columns: RingColumns;
  /** Bytes ever written, skips included, at which each packet starts. */
  readonly #position: Float64Array;
  readonly #size: number;
  readonly #packets: number;
  /** Lanes that read from afar, by their readers; `#bells` is what a publish walks. */
  readonly #listeners = new Map<string, Bell>();
  #bells: Bell[] = [];
  #written = 0;

  /** `packets` is a power of two, at least 64; `bytes` at least 512 KiB. Throws the Fault `arena_exhausted`. */
  constructor(arena: Arena, bytes: number, packets: number) {
    check(packets >= LEAST_BUS_PACKETS && Number.isInteger(Math.log2(packets)), "a bus has a power of two of packets, 64 or more");
    check(bytes >= LEAST_BUS_BYTES && bytes % 4 === 0, "a bus holds 512 KiB or more, in whole words");
    this.#arena = arena;
    this.#size = bytes;
    this.#packets = packets;
    this.mask = packets - 1;
    this.layout = reserveRing(arena, packets, bytes);
    this.#columns = ringColumns(arena.memory.buffer, this.layout);
    this.offset = this.#columns.offset;
    this.length = this.#columns.length;
    this.arrival = this.#columns.arrival;
    this.row = this.#columns.row;
    this.#position = new Float64Array(packets);
  }

  /**
   * Copies rows [from, batch.count) in, at most `most` of them and as many as a quarter of the ring takes, so that readers get a chance
   * before they are lapped. Returns the row that is next; the caller comes again with it until it is batch.count.
   */
  publish(batch: PacketBatch, from: number, most: number, now: Instant): number {
    const end = this.#fit(batch, from, Math.min(most, this.#packets / 4));
    if (this.shared) {
      // Readers on other threads must see the new tail before the first byte changes.
      Atomics.exchange(this.#columns.words, TAIL, this.tail | 0);
    }
    const first = this.head;
    this.#write(batch, from, end, now);
    this.rewriter?.rewrite(first, this.head);
    if (this.shared) {
      this.#announce();
    }
    return end;
  }

  /** From now on readers of other threads see what is published. */
  share(): void {
    this.shared = true;
    Atomics.store(this.#columns.words, TAIL, this.tail | 0);
    Atomics.store(this.#columns.words, HEAD, this.head | 0);
  }

  /** Rings when something is published while somebody waits for it. */
  listen(reader: string, bell: Bell): void {
    this.#listeners.set(reader, bell);
    this.#bells = [...this.#listeners.values()];
  }

  unlisten(reader: string): void {
    this.#listeners.get(reader)?.close();
    this.#listeners.delete(reader);
    this.#bells = [...this.#listeners.values()];
  }

  close(): void {
    for (const reader of this.#listeners.keys()) {
      this.unlisten(reader);
    }
    releaseRing(this.#arena, this.layout);
  }

  /** Retires what is about to be overwritten; returns the row behind the last one that is written now. */
  #fit(batch: PacketBatch, from: number, rows: number): number {
    const most = Math.min(batch.count, from + rows);
    const budget = this.#size / 4;
    let incoming = 0;
    let end = from;
    while (end < most && (end === from || incoming < budget)) {
      incoming += ((batch.length[end] ?? 0) + 3) & ~3;
      end++;
    }
    const oldestByte = this.#written + incoming + LONGEST - this.#size;
    const oldestPacket = this.head + (end - from) - this.#packets;
    let tail = this.tail;
    while (tail < this.head && (tail < oldestPacket || (this.#position[tail & this.mask] ?? 0) < oldestByte)) {
      tail++;
    }
    this.tail = tail;
    return end;
  }

  #write(batch: PacketBatch, from: number, end: number, now: Instant): void {
    const { mask, offset, length, arrival, row, tag } = this;
    const tags = this.#columns.tag;
    const copy = this.#arena.copy;
    const first = this.layout.bytes;
    let n = this.head;
    let at = this.#written % this.#size;
    let written = this.#written;
    // A stretch: packets that lie back to back where they came from, and so can be copied in one piece.
    let source = 0;
    let target = 0;
    let stretch = 0;
    const before = (n - 1) & mask;
    // At the ring's start there is nothing before it that a row could go on from.
    let rowLength = n > this.tail && at > 0 ? (length[before] ?? 0) : -1;
    let rowStart = n > this.tail ? (row[before] ?? 0) : n;
    for (let i = from; i < end; i++) {
      const size = batch.length[i] ?? 0;
      const padded = (size + 3) & ~3;
      if (at + padded > this.#size) {
        written += this.#size - at;
        at = 0;
        rowLength = -1;
      }
      const origin = batch.offset[i] ?? 0;
      if (origin !== source + stretch || first + at !== target + stretch) {
        if (stretch > 0) {
          copy(target, source, stretch);
        }
        source = origin;
        target = first + at;
        stretch = 0;
      }
      stretch += size;
      if (size !== rowLength || padded !== size) {
        rowLength = size;
        rowStart = n;
      }
      const column = n & mask;
      offset[column] = first + at;
      length[column] = size;
      arrival[column] = now;
      row[column] = rowStart;
      tags[column] = tag;
      this.#position[column] = written;
      written += padded;
      at += padded;
      n++;
    }
    if (stretch > 0) {
      copy(target, source, stretch);
    }
    this.#written = written;
    this.head = n;
  }

  #announce(): void {
    const { words } = this.#columns;
    Atomics.store(words, HEAD, this.head | 0);
    if (Atomics.exchange(words, WAITING, 0) === 1) {
      Atomics.notify(words, WAITING);
      const bells = this.#bells;
      for (let i = 0; i < bells.length; i++) {
        (bells[i] as Bell).ring();
      }
    }
  }
}
