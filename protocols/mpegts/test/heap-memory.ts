import { check } from "@bilbycast/foundation/check";
import type { Memory, Tally } from "@bilbycast/foundation/packets";

/** A lane's memory on the heap: hands out one stretch after the other. */
export class HeapMemory implements Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly released: number[] = [];
  #next = 64;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  copy(target: number, source: number, length: number): void {
    this.bytes.copyWithin(target, source, source + length);
  }

  reserve(size: number): number {
    const offset = this.#next;
    this.#next += (size + 63) & ~63;
    check(this.#next <= this.bytes.length, "the test's memory is too small");
    return offset;
  }

  release(offset: number): void {
    this.released.push(offset);
  }
}

/** A counter that a test can read. */
export class Count implements Tally {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}
