import { check } from "@bilbycast/foundation/check";
import type { Memory, PacketRing } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";

/** A flow's bus for tests of packetizers: packets lie packed, each on a word, and the oldest make room for the newest. */
export class HeapRing implements PacketRing {
  readonly mask: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly arrival: Float64Array;
  readonly row: Float64Array;
  head = 0;
  tail = 0;
  readonly #memory: Memory;
  readonly #base: number;
  readonly #size: number;
  #end = 0;

  /** `bytes` is a multiple of 4, `packets` a power of two. */
  constructor(memory: Memory, bytes: number, packets: number) {
    check((packets & (packets - 1)) === 0, "a ring's packets are a power of two");
    this.#memory = memory;
    this.#base = memory.reserve(bytes);
    this.#size = bytes;
    this.mask = packets - 1;
    this.offset = new Uint32Array(packets);
    this.length = new Uint32Array(packets);
    this.arrival = new Float64Array(packets);
    this.row = new Float64Array(packets);
  }

  publish(unit: Uint8Array, arrival: Instant): void {
    check(unit.length <= this.#size, "a unit fits the ring");
    if (this.#end + unit.length > this.#size) {
      this.#end = 0;
    }
    const start = this.#base + this.#end;
    this.#retire(start, unit.length);
    this.#memory.bytes.set(unit, start);
    const column = this.head & this.mask;
    const before = (this.head - 1) & this.mask;
    const follows = this.head > this.tail && this.offset[before] === start - unit.length && this.length[before] === unit.length;
    this.offset[column] = start;
    this.length[column] = unit.length;
    this.arrival[column] = arrival;
    this.row[column] = follows ? (this.row[before] ?? 0) : this.head;
    this.head++;
    this.#end += Math.ceil(unit.length / 4) * 4;
  }

  close(): void {
    this.#memory.release(this.#base);
  }

  /** Moves `tail` past every packet whose bytes or column are about to be used again. */
  #retire(start: number, length: number): void {
    const overlaps = (n: number): boolean => {
      const offset = this.offset[n & this.mask] ?? 0;
      return offset < start + length && start < offset + (this.length[n & this.mask] ?? 0);
    };
    let keep = Math.max(this.tail, this.head - this.mask);
    for (let n = keep; n < this.head; n++) {
      keep = overlaps(n) ? n + 1 : keep;
    }
    this.tail = keep;
  }
}
