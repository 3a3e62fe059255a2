import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { Memory } from "@bilbycast/foundation/packets";

const WORD = 4;
/** Stands before and behind every stretch, so that a write past either end shows when it is given back. */
const GUARD = 64;
const GUARD_BYTE = 0xa5;
/** What fresh and given-back memory holds: nobody may count on zeros or on what was there. */
const RUBBISH = 0xdb;

/**
 * A lane's memory for tests. It fails the test that gives a stretch back twice, writes past the end of one, or gives back
 * what it never had; `outstanding` is 0 when everything came home.
 */
export class HeapMemory implements Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly #sizeByOffset = new Map<number, number>();

  /** `size` in bytes, a multiple of 4. */
  constructor(size = 4 * 1_024 * 1_024) {
    const buffer = new ArrayBuffer(size);
    this.bytes = new Uint8Array(buffer).fill(RUBBISH);
    this.words = new Uint32Array(buffer);
  }

  /** Stretches that were not given back. */
  get outstanding(): number {
    return this.#sizeByOffset.size;
  }

  copy(target: number, source: number, length: number): void {
    check(this.#fits(target, length) && this.#fits(source, length), "a copy stays within the memory");
    this.bytes.copyWithin(target, source, source + length);
  }

  reserve(size: number): number {
    check(Number.isInteger(size) && size > 0, "a reservation has a size");
    const offset = this.#firstGap(size);
    if (offset === undefined) {
      throw new Fault("arena_exhausted", `There is no room for ${size} bytes.`);
    }
    this.#sizeByOffset.set(offset, size);
    this.bytes.fill(GUARD_BYTE, offset - GUARD, offset);
    this.bytes.fill(RUBBISH, offset, offset + size);
    this.bytes.fill(GUARD_BYTE, offset + size, offset + size + GUARD);
    return offset;
  }

  release(offset: number): void {
    const size = this.#sizeByOffset.get(offset);
    check(size !== undefined, "what is given back was reserved, and is given back once");
    check(this.#isGuard(offset - GUARD) && this.#isGuard(offset + size), "nobody wrote past the end of a reservation");
    this.#sizeByOffset.delete(offset);
    this.bytes.fill(RUBBISH, offset, offset + size);
  }

  /** Whether the bytes lie in one stretch that is reserved now. */
  reserved(offset: number, length: number): boolean {
    for (const [start, size] of this.#sizeByOffset) {
      if (offset >= start && offset + length <= start + size) {
        return true;
      }
    }
    return false;
  }

  #fits(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.bytes.length;
  }

  #isGuard(offset: number): boolean {
    return this.bytes.subarray(offset, offset + GUARD).every((byte) => byte === GUARD_BYTE);
  }

  /** Where a stretch of that size fits between two guards of its own; offset 0 is never handed out. */
  #firstGap(size: number): number | undefined {
    const taken = [...this.#sizeByOffset].toSorted((left, right) => left[0] - right[0]);
    let start = 2 * GUARD;
    for (const [offset, length] of taken) {
      if (start + size + GUARD <= offset - GUARD) {
        return start;
      }
      start = Math.ceil((offset + length) / WORD) * WORD + 2 * GUARD;
    }
    return start + size + GUARD <= this.bytes.length ? start : undefined;
  }
}
