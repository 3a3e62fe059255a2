import type { Tally } from "@bilbycast/foundation/packets";
import { after, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** Microseconds of traffic that one reading stands for. */
const WINDOW = 1_000_000 as Microseconds;

/** Where the readings go. */
export type GapMeters = { shortest: Tally; longest: Tally };

/**
 * The shortest and the longest time between arrivals, told once a second while packets come. Arrivals of one pass have one time:
 * the gap between them is 0. A silence is part of the first reading behind it.
 */
export class ArrivalGaps {
  readonly #meters: GapMeters;
  /** Below 0 until something came: numbers alone, so that storing one makes no object. */
  #previous = -1;
  #end = 0;
  #shortest = Number.POSITIVE_INFINITY;
  #longest = 0;

  constructor(meters: GapMeters) {
    this.#meters = meters;
  }

  /** `count` packets came in at `now`; at least one. */
  take(count: number, now: Instant): void {
    if (this.#previous >= 0) {
      const gap = now - this.#previous;
      this.#shortest = Math.min(this.#shortest, count > 1 ? 0 : gap);
      this.#longest = Math.max(this.#longest, gap);
    } else {
      this.#end = after(now, WINDOW);
    }
    this.#previous = now;
    if (now >= this.#end) {
      this.#meters.shortest.set(this.#shortest);
      this.#meters.longest.set(this.#longest);
      this.#shortest = Number.POSITIVE_INFINITY;
      this.#longest = 0;
      this.#end = after(now, WINDOW);
    }
  }
}
