import { fillRandom, integer, type Random } from "@bilbycast/testkit/random";

/** Bytes at the front in which headers lie: mutations like them best. */
const HEADER = 32;

/** Turns valid datagrams into what a network, a broken device or an attacker may send. */
export class Mutator {
  readonly #random: Random;
  readonly #longest: number;
  readonly #bytes: Uint8Array;
  /** An earlier valid datagram, for splices. */
  readonly #earlier: Uint8Array;
  #earlierLength = 0;

  /** No datagram gets longer than `longest` bytes. */
  constructor(random: Random, longest: number) {
    this.#random = random;
    this.#longest = longest;
    this.#bytes = new Uint8Array(longest);
    this.#earlier = new Uint8Array(longest);
  }

  /** A datagram made from a valid one of at most `longest` bytes; it stays until the next call. */
  mutate(valid: Uint8Array): Uint8Array {
    this.#bytes.set(valid);
    const length = this.#change(valid.length);
    if (this.#random() < 0.1) {
      this.#earlier.set(valid);
      this.#earlierLength = valid.length;
    }
    return this.#bytes.subarray(0, length);
  }

  /** Changes the bytes; returns how many there are now. */
  #change(length: number): number {
    const random = this.#random;
    const choice = random();
    if (choice < 0.4) {
      return length;
    }
    if (choice < 0.5) {
      return this.#noise();
    }
    if (choice < 0.65) {
      return this.#flip(length, length);
    }
    if (choice < 0.75) {
      return this.#flip(length, HEADER);
    }
    if (choice < 0.8) {
      fillRandom(random, this.#bytes.subarray(1, Math.min(length, HEADER)));
      return length;
    }
    if (choice < 0.88) {
      return integer(random, length + 1);
    }
    if (choice < 0.94) {
      return this.#extend(length);
    }
    return this.#splice(length);
  }

  #noise(): number {
    const length = integer(this.#random, Math.min(this.#longest, 400) + 1);
    fillRandom(this.#random, this.#bytes.subarray(0, length));
    return length;
  }

  #flip(length: number, end: number): number {
    const within = Math.min(length, end);
    for (let flips = 1 + integer(this.#random, 8); flips > 0 && within > 0; flips--) {
      const at = integer(this.#random, within);
      this.#bytes[at] = (this.#bytes[at] ?? 0) ^ (1 << integer(this.#random, 8));
    }
    return length;
  }

  /** More bytes at the end: noise, or whole packets of what may be TS. */
  #extend(length: number): number {
    const more = Math.min(
      this.#longest - length,
      integer(this.#random, 2) === 0 ? integer(this.#random, 64) : 188 * (1 + integer(this.#random, 3)),
    );
    const tail = this.#bytes.subarray(length, length + more);
    fillRandom(this.#random, tail);
    for (let at = 0; at < more; at += 188) {
      tail[at] = 0x47;
    }
    return length + more;
  }

  /** The front of this datagram, then the back of an earlier one. */
  #splice(length: number): number {
    const cut = integer(this.#random, length + 1);
    const from = integer(this.#random, this.#earlierLength + 1);
    const size = Math.min(this.#longest - cut, this.#earlierLength - from);
    this.#bytes.set(this.#earlier.subarray(from, from + size), cut);
    return cut + size;
  }
}
