import { check } from "@bilbycast/foundation/check";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Arena } from "./arena.ts";
import type { CopyBytes } from "./memory-copy.ts";
import { memoryCrossing } from "./memory-crossing.ts";
import { HEAD, ringColumns, TAIL, WAITING, type RingColumns, type RingLayout } from "./shared-ring.ts";

/** Bytes of the place that copies lie in until they are published. */
const DESK = 2 ** 18;

/** Longest packet of a bus. */
const LONGEST = 65_536;

/**
 * Reads a bus of another lane into this lane's memory and makes no object for it. As every reader of another thread it copies first
 * and asks afterwards whether the writer has overtaken it: then the copy is left out and counted.
 */
export class RingCopier {
  /** Packets that were overwritten before they were read. */
  lost = 0;
  /** Bytes that the last `read` gave. */
  bytes = 0;
  readonly #arena: Arena;
  readonly #columns: RingColumns;
  readonly #copy: CopyBytes;
  readonly #mask: number;
  readonly #size: number;
  readonly #desk: number;
  /** Modulo 2^32. */
  #next: number;

  /** Starts behind the newest packet. Throws the Fault `arena_exhausted`. */
  constructor(arena: Arena, memory: WebAssembly.Memory, layout: RingLayout) {
    this.#arena = arena;
    this.#columns = ringColumns(memory.buffer, layout);
    this.#copy = memoryCrossing(arena.memory, memory);
    this.#mask = layout.packets - 1;
    this.#size = memory.buffer.byteLength;
    this.#desk = arena.reserve(DESK);
    this.#next = Atomics.load(this.#columns.words, HEAD);
  }

  /** Adds packets that wait to the batch, as many as fit; they stay until the next call. Returns true when there are more. */
  read(batch: PacketBatch): boolean {
    const { words, offset, length } = this.#columns;
    check(batch.count === 0, "a reader is given an empty batch");
    const head = Atomics.load(words, HEAD);
    this.#giveUp(Atomics.load(words, TAIL));
    const first = this.#next;
    let n = first;
    let used = 0;
    while (((head - n) | 0) > 0 && batch.count < batch.capacity) {
      const column = n & this.#mask;
      const start = offset[column] ?? 0;
      const size = length[column] ?? 0;
      // Columns that are being overwritten say anything; what they say is left out below, and must not lead outside until then.
      const whole = size <= LONGEST && start + size <= this.#size ? size : 0;
      if (used + whole > DESK) {
        break;
      }
      if (whole > 0) {
        this.#copy(this.#desk + used, start, whole);
      }
      batch.push(this.#desk + used, whole, 0);
      used += whole;
      n = (n + 1) | 0;
    }
    this.#next = n;
    this.#leaveOut(batch, first);
    return ((head - n) | 0) > 0;
  }

  /** Asks the writer to wake this lane, and says whether there is nothing to do until then. */
  sleeps(): boolean {
    const { words } = this.#columns;
    Atomics.store(words, WAITING, 1);
    return Atomics.load(words, HEAD) === this.#next;
  }

  /** Settles when the writer has published after `sleeps`: for lanes on an event loop. */
  async published(): Promise<void> {
    const { words } = this.#columns;
    await Atomics.waitAsync(words, WAITING, 1, LONGEST_WAIT).value;
  }

  close(): void {
    this.#arena.release(this.#desk);
  }

  /** The writer moves the tail before it overwrites: what the tail has passed by now may be torn. */
  #leaveOut(batch: PacketBatch, first: number): void {
    // A read-modify-write, so that the copies are not moved behind it on machines that reorder loads.
    const passed = (Atomics.add(this.#columns.words, TAIL, 0) - first) | 0;
    const torn = Math.max(0, Math.min(batch.count, passed));
    this.lost += torn;
    const kept = batch.count - torn;
    let bytes = 0;
    for (let i = 0; i < kept; i++) {
      batch.offset[i] = batch.offset[i + torn] ?? 0;
      batch.length[i] = batch.length[i + torn] ?? 0;
      bytes += batch.length[i] ?? 0;
    }
    batch.count = kept;
    this.bytes = bytes;
  }

  #giveUp(oldest: number): void {
    const missed = (oldest - this.#next) | 0;
    if (missed > 0) {
      this.lost += missed;
      this.#next = oldest | 0;
    }
  }
}

/** Milliseconds after which a lane on an event loop looks again by itself. */
const LONGEST_WAIT = 1_000;
