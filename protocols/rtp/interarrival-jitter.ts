import type { Instant, Microseconds } from "@bilbycast/foundation/time";

/** Microseconds in nine ticks of the 90 kHz clock that MPEG-TS over RTP carries. RFC 2250 §2. */
const NINE_TICKS = 100;

/**
 * How unevenly packets come, smoothed over about 16 of them. RFC 3550 §6.4.1, in microseconds.
 * Packets that one call hands over count as having come together, so it is never finer than the caller's clock.
 */
export class InterarrivalJitter {
  #jitter = 0;
  #arrival = 0;
  #timestamp = 0;
  #started = false;

  get value(): Microseconds {
    return this.#jitter;
  }

  /** The next packet came; `timestamp` is 32 bits of 90 kHz ticks. */
  add(timestamp: number, now: Instant): void {
    if (this.#started) {
      const ticks = (timestamp - this.#timestamp) | 0;
      const deviation = Math.abs(now - this.#arrival - (ticks * NINE_TICKS) / 9);
      this.#jitter += (deviation - this.#jitter) / 16;
    }
    this.#started = true;
    this.#arrival = now;
    this.#timestamp = timestamp;
  }

  /** Begins anew: another source has another clock. */
  reset(): void {
    this.#started = false;
    this.#jitter = 0;
  }
}
