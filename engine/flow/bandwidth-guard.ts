import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import type { Bandwidth, BandwidthState } from "./spec.ts";

/** A rate is what came in this long. */
export const SAMPLE: Microseconds = 1_000_000;

/** Samples within the bound, one after the other, that make the rate normal again. */
const QUIET_SAMPLES = 2;

export type BandwidthChange = { state: BandwidthState; bitrate: number };

/**
 * Decides from one sample a second whether a flow is over its bound (RP 2129). Over it without a break for the grace: exceeded, or
 * blocked where the flow says so. What is blocked is still measured, so each sample probes whether the source has come back to normal.
 */
export class BandwidthGuard {
  state: BandwidthState = "normal";
  readonly #bound: Bandwidth;
  #bytes = 0;
  #since: Instant;
  /** Begin of the first of the samples over the bound that follow each other. */
  #overSince: Instant | undefined;
  #quiet = 0;

  constructor(bound: Bandwidth, now: Instant) {
    this.#bound = bound;
    this.#since = now;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Ends a sample; returns what has changed by it. */
  sample(now: Instant): BandwidthChange | undefined {
    const span = now - this.#since;
    if (span <= 0) {
      return undefined;
    }
    const bitrate = (this.#bytes * 8e6) / span;
    const isOver = bitrate > this.#bound.maxBitrate;
    this.#quiet = isOver ? 0 : this.#quiet + 1;
    this.#overSince = isOver ? (this.#overSince ?? this.#since) : undefined;
    this.#bytes = 0;
    this.#since = now;
    const next = this.#next(now);
    if (next === this.state) {
      return undefined;
    }
    this.state = next;
    return { state: next, bitrate };
  }

  #next(now: Instant): BandwidthState {
    if (this.state !== "normal") {
      return this.#quiet >= QUIET_SAMPLES ? "normal" : this.state;
    }
    const isLong = this.#overSince !== undefined && now - this.#overSince >= this.#bound.graceUs;
    return isLong ? (this.#bound.action === "block" ? "blocked" : "exceeded") : "normal";
  }
}
