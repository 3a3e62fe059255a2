import type { Instant } from "@bilbycast/foundation/time";
import { HEAD, ringColumns, TAIL, WAITING, type RingColumns, type RingLayout } from "./shared-ring.ts";

/**
 * Reads a bus from another thread. The lane never waits for it and does nothing for it: the reader copies first and asks
 * afterwards whether the lane has overtaken it; then the copy is thrown away and counted as lost.
 */
export class SharedReader {
  /** Packets that were overwritten before they were read. */
  lost = 0;
  /** Most packets that may wait; what is older is given up. */
  readonly #limit: number;
  readonly #bytes: Uint8Array;
  readonly #columns: RingColumns;
  readonly #mask: number;
  /** Modulo 2^32. */
  #next: number;

  /** Starts behind the newest packet. */
  constructor(buffer: SharedArrayBuffer, layout: RingLayout, limit: number) {
    this.#bytes = new Uint8Array(buffer);
    this.#columns = ringColumns(buffer, layout);
    this.#mask = layout.packets - 1;
    this.#limit = Math.min(limit, layout.packets);
    this.#next = Atomics.load(this.#columns.words, HEAD);
  }

  /**
   * Copies packets that wait into `target`, back to back, and tells each by `each(start, length, arrival, tag)` once it is
   * known to be whole. Returns how many; fewer than wait when the target is full.
   */
  read(target: Uint8Array, each: (start: number, length: number, arrival: Instant, tag: number) => void): number {
    const { words, offset, length, arrival, tag } = this.#columns;
    const head = Atomics.load(words, HEAD);
    this.#giveUp(head - this.#limit);
    this.#giveUp(Atomics.load(words, TAIL));
    const first = this.#next;
    const spans: { length: number; arrival: number; tag: number }[] = [];
    let used = 0;
    for (let n = first; ((head - n) | 0) > 0; n = (n + 1) | 0) {
      const column = n & this.#mask;
      const start = offset[column] ?? 0;
      const size = length[column] ?? 0;
      if (used + size > target.length || start + size > this.#bytes.length) {
        break;
      }
      target.set(this.#bytes.subarray(start, start + size), used);
      spans.push({ length: size, arrival: arrival[column] ?? 0, tag: tag[column] ?? 0 });
      used += size;
    }
    // The writer moves the tail before it overwrites: what the tail has not passed by now was whole when it was copied.
    const torn = Math.max(0, Math.min(spans.length, (fencedLoad(words, TAIL) - first) | 0));
    this.lost += torn;
    this.#next = (first + spans.length) | 0;
    let at = 0;
    for (const [i, span] of spans.entries()) {
      if (i >= torn) {
        each(at, span.length, span.arrival as Instant, span.tag);
      }
      at += span.length;
    }
    return spans.length - torn;
  }

  /** Settles when the lane has published, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    const { words } = this.#columns;
    Atomics.store(words, WAITING, 1);
    if (Atomics.load(words, HEAD) !== this.#next) {
      return;
    }
    await Atomics.waitAsync(words, WAITING, 1, timeoutMs).value;
  }

  #giveUp(oldest: number): void {
    const missed = (oldest - this.#next) | 0;
    if (missed > 0) {
      this.lost += missed;
      this.#next = oldest | 0;
    }
  }
}

/** A read-modify-write, so that the copies before it are not moved behind it on machines that reorder loads. */
const fencedLoad = (words: Int32Array, index: number): number => Atomics.add(words, index, 0);
