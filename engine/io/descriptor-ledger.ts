import { closeSync } from "node:fs";

/** Most descriptors that a lane holds at once. */
const CAPACITY = 16_384;

/**
 * Which descriptors a lane holds, where another thread can read it: a thread that ends in the middle of its work
 * closes nothing, and its ports would be taken until the process ends.
 */
export class DescriptorLedger {
  readonly buffer: SharedArrayBuffer;
  readonly #places: Int32Array;
  readonly #placeOf = new Map<number, number>();
  readonly #free: number[] = [];
  #used = 0;

  /** `buffer`: the ledger of a lane that another thread began; a new one without. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CAPACITY * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#places = new Int32Array(buffer);
  }

  /** Descriptor 0 is never ours, so that an empty place is 0. */
  add(fd: number): void {
    const place = this.#free.pop() ?? this.#used++;
    this.#placeOf.set(fd, place);
    this.#places[place] = fd;
  }

  remove(fd: number): void {
    const place = this.#placeOf.get(fd);
    if (place !== undefined) {
      this.#placeOf.delete(fd);
      this.#places[place] = 0;
      this.#free.push(place);
    }
  }

  /** Closes what a thread that is no more has left open. */
  closeLeft(): void {
    for (const [place, fd] of this.#places.entries()) {
      if (fd !== 0) {
        this.#places[place] = 0;
        closeSync(fd);
      }
    }
  }
}
