/**
 * Reads fields of 0 to 32 bits, the first bit of a byte is its highest. Past the end every bit is 0 and `overrun` is true from then on,
 * so a parser reads on and asks once at its end; loops whose count was read must be bounded by their own limit.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Reads bytes [from, end) where they lie. */
  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from * 8;
    this.#end = Math.min(end, bytes.length) * 8;
  }

  /** The next `count` bits, unsigned, at most 32. */
  read(count: number): number {
    let value = 0;
    for (let left = Math.min(count, this.left); left > 0;) {
      const offset = this.#at & 7;
      const taken = Math.min(left, 8 - offset);
      const bits = ((this.#bytes[this.#at >>> 3] ?? 0) >> (8 - offset - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + bits;
      this.#at += taken;
      left -= taken;
      count -= taken;
    }
    if (count > 0) {
      this.#at = this.#end + 1;
      return value * 2 ** count;
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  skip(count: number): void {
    this.#at = Math.min(this.#at + count, this.#end + 1);
  }

  /** Bits that were not read yet. */
  get left(): number {
    return Math.max(0, this.#end - this.#at);
  }

  /** More was read than there is. */
  get overrun(): boolean {
    return this.#at > this.#end;
  }
}
