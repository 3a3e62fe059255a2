import { instant, type Instant } from "@bilbycast/foundation/time";

/** ACKs that an answer may still be waited for; a power of two. */
const SIZE = 1_024;
const CYCLE = 2 ** 31;

/** The last ACKs that were sent, by their numbers. */
export class AckHistory {
  readonly #number = new Float64Array(SIZE).fill(-1);
  readonly #position = new Float64Array(SIZE);
  readonly #sentAt = new Float64Array(SIZE);
  #next = 1;

  reset(): void {
    this.#number.fill(-1);
    this.#next = 1;
  }

  /** Notes an ACK; returns its number. */
  add(position: number, now: Instant): number {
    const number = this.#next;
    this.#next = (number + 1) % CYCLE;
    const i = number & (SIZE - 1);
    this.#number[i] = number;
    this.#position[i] = position;
    this.#sentAt[i] = now;
    return number;
  }

  has(number: number): boolean {
    return this.#number[number & (SIZE - 1)] === number;
  }

  positionOf(number: number): number {
    return this.#position[number & (SIZE - 1)] ?? 0;
  }

  /** When it was sent; from then on it is forgotten, so that an answer counts once. */
  take(number: number): Instant {
    const i = number & (SIZE - 1);
    this.#number[i] = -1;
    return instant(this.#sentAt[i] ?? 0);
  }
}
