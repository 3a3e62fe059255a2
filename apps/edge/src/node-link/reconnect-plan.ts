import { BACK_OFF_MS, ROTATION_MS } from "@bilbycast/contracts/node-link";

/** Milliseconds that are added at random to the wait after a refusal, so that a thousand nodes do not come back at once. */
const REFUSAL_SPREAD = 5_000;

/**
 * Which address is tried next, and when. After every failure it is the next one: 5 s later while an address is untried, and when all
 * have failed after 1, 2, 4 … 60 s, each less up to a half by chance. A manager that refuses this node is asked once a minute.
 */
export class ReconnectPlan {
  readonly #count: number;
  readonly #random: () => number;
  #index = 0;
  #failures = 0;

  constructor(count: number, random: () => number) {
    this.#count = count;
    this.#random = random;
  }

  /** Of the address to try. */
  get index(): number {
    return this.#index;
  }

  /** True when no address is left that has not failed since the last good connection. */
  get hasTriedAll(): boolean {
    return this.#failures >= this.#count;
  }

  /** A connection has proved good: what failed before it counts no more. */
  settle(): void {
    this.#failures = 0;
  }

  /** The connection is over, or was never made. Returns the milliseconds to wait. */
  fail(options: { isRefused?: boolean } = {}): number {
    this.#failures += 1;
    this.#index = (this.#index + 1) % this.#count;
    if (!this.hasTriedAll) {
      return ROTATION_MS;
    }
    if (options.isRefused === true) {
      return BACK_OFF_MS.last + this.#random() * REFUSAL_SPREAD;
    }
    const doublings = Math.min(this.#failures - this.#count, 16);
    const most = Math.min(BACK_OFF_MS.last, BACK_OFF_MS.first * 2 ** doublings);
    return most / 2 + (this.#random() * most) / 2;
  }
}
