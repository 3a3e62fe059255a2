import type { Instant, Microseconds } from "@bilbycast/foundation/time";

/** What a bucket takes at once: as long a burst at the full rate as a lane may be elsewhere. */
const BURST: Microseconds = 50_000;
/** Bytes: a bucket of a low rate still takes one datagram of any length. */
const LEAST_BURST = 65_536;

/** Admits bytes at a mean rate (RP 2129 C7); what is over it is refused, not kept. */
export class TokenBucket {
  /** Bytes for each microsecond. */
  readonly #rate: number;
  readonly #size: number;
  #tokens: number;
  #filledAt = 0;
  #started = false;

  /** `bitrate` in bits per second. */
  constructor(bitrate: number) {
    this.#rate = bitrate / 8e6;
    this.#size = Math.max(LEAST_BURST, this.#rate * BURST);
    this.#tokens = this.#size;
  }

  /** Whether so many bytes are within the rate now; then they are spent. */
  admits(bytes: number, now: Instant): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#filledAt = now;
    }
    if (now > this.#filledAt) {
      this.#tokens = Math.min(this.#size, this.#tokens + (now - this.#filledAt) * this.#rate);
      this.#filledAt = now;
    }
    if (bytes > this.#tokens) {
      return false;
    }
    this.#tokens -= bytes;
    return true;
  }
}
