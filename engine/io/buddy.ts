import { check } from "@bilbycast/foundation/check";

/**
 * Hands out stretches of an address range in powers of two and takes them back.
 * Neighbours that are free grow together again, so that a year of opening and closing leaves the range whole.
 */
export class Buddy {
  readonly #smallest: number;
  readonly #size: number;
  /** Free blocks by order; order k is smallest * 2^k. */
  readonly #free: Set<number>[] = [];
  readonly #orderOf = new Map<number, number>();
  #used = 0;

  /** `size` and `smallest` are powers of two. */
  constructor(size: number, smallest: number) {
    check(
      Number.isInteger(Math.log2(size)) && Number.isInteger(Math.log2(smallest)) && size >= smallest,
      "a buddy range is a power of two",
    );
    this.#size = size;
    this.#smallest = smallest;
    for (let order = 0; smallest * 2 ** order <= size; order++) {
      this.#free.push(new Set());
    }
    this.#free.at(-1)?.add(0);
  }

  /** Bytes handed out, rounded up to the blocks' sizes. */
  get used(): number {
    return this.#used;
  }

  /** Start of a block of at least `size` bytes, or `undefined` when there is none. */
  reserve(size: number): number | undefined {
    check(size > 0, "a reservation has a size");
    if (size > this.#size) {
      return undefined;
    }
    const wanted = Math.max(0, Math.ceil(Math.log2(size / this.#smallest)));
    let order = wanted;
    while (order < this.#free.length && (this.#free[order] as Set<number>).size === 0) {
      order++;
    }
    const blocks = this.#free[order];
    if (blocks === undefined) {
      return undefined;
    }
    const [start] = blocks as Set<number> & Iterable<number>;
    check(start !== undefined, "a free list with a size has a block");
    blocks.delete(start);
    while (order > wanted) {
      order--;
      this.#free[order]?.add(start + this.#smallest * 2 ** order);
    }
    this.#orderOf.set(start, wanted);
    this.#used += this.#smallest * 2 ** wanted;
    return start;
  }

  /** Takes back what `reserve` returned; a second time is a bug of ours. */
  release(start: number): void {
    const taken = this.#orderOf.get(start);
    check(taken !== undefined, "only what was reserved is released, once");
    this.#orderOf.delete(start);
    this.#used -= this.#smallest * 2 ** taken;
    let block = start;
    let order = taken;
    while (order < this.#free.length - 1) {
      const size = this.#smallest * 2 ** order;
      const neighbour = Math.floor(block / size) % 2 === 0 ? block + size : block - size;
      if (this.#free[order]?.delete(neighbour) !== true) {
        break;
      }
      block = Math.min(block, neighbour);
      order++;
    }
    this.#free[order]?.add(block);
  }
}
