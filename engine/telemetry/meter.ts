import { check } from "@bilbycast/foundation/check";
import type { Tally } from "@bilbycast/foundation/packets";

/**
 * A number that one thread writes and others read: one Float64 in shared memory, exact to 2^53.
 * An aligned store of 8 bytes is whole on every machine that we run on, so a reader never sees half of one.
 */
export class Meter implements Tally {
  readonly #values: Float64Array;
  readonly #index: number;

  constructor(values: Float64Array, index: number) {
    check(index >= 0 && index < values.length, "a meter lies outside its table");
    this.#values = values;
    this.#index = index;
  }

  add(amount: number): void {
    this.#values[this.#index] = (this.#values[this.#index] ?? 0) + amount;
  }

  set(value: number): void {
    this.#values[this.#index] = value;
  }

  get value(): number {
    return this.#values[this.#index] ?? 0;
  }
}

/** Room for the meters of one lane. Blocks are handed out by the thread that makes the plan; the lane only writes into them. */
export class MeterTable {
  readonly buffer: SharedArrayBuffer;
  readonly values: Float64Array;
  /** First indices of free blocks by their length: parts come and go in a few sizes, so that a block fits again. */
  readonly #free = new Map<number, number[]>();
  #used = 0;

  constructor(capacity: number) {
    this.buffer = new SharedArrayBuffer(capacity * Float64Array.BYTES_PER_ELEMENT);
    this.values = new Float64Array(this.buffer);
  }

  /** First index of a block of zeroes, or `undefined` when the table is full. */
  allocate(length: number): number | undefined {
    const again = this.#free.get(length)?.pop();
    if (again !== undefined) {
      this.values.fill(0, again, again + length);
      return again;
    }
    if (this.#used + length > this.values.length) {
      return undefined;
    }
    const first = this.#used;
    this.#used += length;
    return first;
  }

  release(first: number, length: number): void {
    const blocks = this.#free.get(length);
    if (blocks === undefined) {
      this.#free.set(length, [first]);
      return;
    }
    check(!blocks.includes(first), "a block of meters is released twice");
    blocks.push(first);
  }
}
