import { check } from "@bilbycast/foundation/check";

/** Access units that are followed, waiting or in the decoder's buffer; a power of two, more than two seconds of the fastest streams. */
const UNITS = 512;
const MASK = UNITS - 1;

/**
 * PES packets of one stream in a stretch of memory, oldest first. Numbers count up and never wrap:
 *
 *     [ freed … sent: in the decoder's buffer until their DTS | … head: waiting; the first of them may be sent in part ]
 */
export class AccessUnitQueue {
  head = 0;
  sent = 0;
  /** Bytes of unit `sent` that are sent. */
  position = 0;
  /** Bytes sent of units that are not decoded yet. */
  inDecoder = 0;
  #freed = 0;
  readonly #base: number;
  readonly #size: number;
  /** Bytes ever written, with those left empty at the end of the memory. */
  #written = 0;
  readonly #place = new Float64Array(UNITS);
  readonly #sizes = new Float64Array(UNITS);
  readonly #dts = new Float64Array(UNITS);
  readonly #randomAccess = new Uint8Array(UNITS);

  /** `base`, `size`: the stretch of memory in which the bytes lie. */
  constructor(base: number, size: number) {
    this.#base = base;
    this.#size = size;
  }

  get isEmpty(): boolean {
    return this.sent === this.head;
  }

  /** Bytes of unit `sent`, its DTS in ticks, and whether decoding may begin there; meaningful where the queue is not empty. */
  get size(): number {
    return this.#sizes[this.sent & MASK] ?? 0;
  }

  get dts(): number {
    return this.#dts[this.sent & MASK] ?? 0;
  }

  get randomAccess(): boolean {
    return this.#randomAccess[this.sent & MASK] === 1;
  }

  /** Where the next byte to be sent lies in the memory. */
  get at(): number {
    return this.#base + ((this.#place[this.sent & MASK] ?? 0) % this.#size) + this.position;
  }

  /** Takes a place for a unit and returns where its bytes go; -1 where there is none. Units never straddle the end of the memory. */
  reserve(size: number, dts: number, randomAccess: boolean): number {
    const left = this.#size - (this.#written % this.#size);
    const place = this.#written + (size > left ? left : 0);
    const oldest = this.isEmpty ? this.#written : (this.#place[this.sent & MASK] ?? 0);
    if (size > this.#size || place + size - (this.isEmpty ? place : oldest) > this.#size || this.head - this.#freed === UNITS) {
      return -1;
    }
    const column = this.head++ & MASK;
    this.#place[column] = place;
    this.#sizes[column] = size;
    this.#dts[column] = dts;
    this.#randomAccess[column] = randomAccess ? 1 : 0;
    this.#written = place + size;
    return this.#base + (place % this.#size);
  }

  /** So many bytes of unit `sent` went out; returns true with its last. */
  take(bytes: number): boolean {
    this.position += bytes;
    this.inDecoder += bytes;
    check(this.position <= this.size, "no more of an access unit is sent than there is");
    const isWhole = this.position === this.size;
    if (isWhole) {
      this.sent++;
      this.position = 0;
    }
    return isWhole;
  }

  /** Unit `sent`, of which nothing went out, never will. */
  drop(): void {
    check(this.position === 0, "what was begun is sent to its end");
    this.#sizes[this.sent & MASK] = 0;
    this.sent++;
  }

  /** What is due is decoded and leaves the decoder's buffer at once. §2.4.2.3. */
  decode(ticks: number): void {
    while (this.#freed < this.sent && (this.#dts[this.#freed & MASK] ?? 0) <= ticks) {
      this.inDecoder -= this.#sizes[this.#freed & MASK] ?? 0;
      this.#freed++;
    }
  }
}
