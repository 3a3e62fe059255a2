import { GCProfiler } from "node:v8";
import { after, instant, seconds, type Instant } from "@bilbycast/foundation/time";

/** The longest collection is that of the last one to two such spans. */
const SPAN = seconds(30);

/** Garbage collections of this thread, for threads that never return to their event loop and so hear of none. */
export class Collections {
  count = 0;
  #profiler = new GCProfiler();
  #longest = 0;
  #longestBefore = 0;
  #turnsAt: Instant = instant(0);

  constructor() {
    this.#profiler.start();
  }

  /** Longest of the last half minute to minute, in microseconds. */
  get longest(): number {
    return Math.max(this.#longest, this.#longestBefore);
  }

  /** Takes note of those since the last call. */
  update(now: Instant): void {
    if (now >= this.#turnsAt) {
      this.#turnsAt = after(now, SPAN);
      this.#longestBefore = this.#longest;
      this.#longest = 0;
    }
    const { statistics } = this.#profiler.stop() as { statistics: { cost: number }[] };
    this.count += statistics.length;
    for (const { cost } of statistics) {
      this.#longest = Math.max(this.#longest, cost);
    }
    this.#profiler = new GCProfiler();
    this.#profiler.start();
  }
}
