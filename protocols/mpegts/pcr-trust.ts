import type { Instant } from "@bilbycast/foundation/time";
import { difference, PCR_HZ, PCR_WRAP } from "./media-time.ts";

/** Buckets of a histogram: each is a twelfth of an octave wide, the first holds what is below a microsecond. */
const BUCKETS = 256;
const PER_OCTAVE = 12;
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;

/** Float64 places of the memory that a meter of this kind needs: samples, sum, greatest, windows closed, then three histograms. */
const HEAD = 4;
export const PCR_TRUST_PLACES = HEAD + 3 * BUCKETS;
const [SAMPLES, SUM, GREATEST, WINDOW] = [0, 1, 2, 3];

/** Microseconds of a window. */
const WINDOW_LENGTH = 1_000_000;
/** A distance of more is a break of the clock, not a lack of precision. */
const LONGEST = 500_000;
/** Clocks of one output; more are not looked at. */
const CLOCKS = 16;

/** How well PCRs kept their distance on the way out, in microseconds. */
export type PcrTrustFigures = {
  samples: number;
  averageUs: number;
  p50Us: number;
  p95Us: number;
  p99Us: number;
  greatestUs: number;
  /** Of the last whole second. */
  windowSamples: number;
  windowP95Us: number;
};

/**
 * Measures how far the distance of two PCRs in time differs from the distance of their values, |ΔPCR − Δt|, as they are sent. What it finds
 * is what this machine adds or leaves: the source's own error, the network's jitter on the way in, and the delay from pass to pass.
 * Lives in shared memory: the lane writes, whoever asks reads.
 */
export class PcrTrust {
  readonly #places: Float64Array;
  readonly #pid = new Int32Array(CLOCKS).fill(-1);
  readonly #pcr = new Float64Array(CLOCKS);
  readonly #at = new Float64Array(CLOCKS);
  #clocks = 0;
  #windowEnds = 0;

  /** `places`: PCR_TRUST_PLACES numbers, which it sets to 0. */
  constructor(places: Float64Array) {
    this.#places = places;
    places.fill(0);
  }

  /** A PCR (27 MHz ticks) was handed to the system. `breaks`: its clock begins anew. */
  sent(pid: number, pcr: number, breaks: boolean, now: Instant): void {
    this.#rotate(now);
    const clock = this.#clock(pid);
    if (clock < 0) {
      return;
    }
    const known = (this.#at[clock] ?? 0) > 0 && !breaks;
    const step = difference(pcr, this.#pcr[clock] ?? 0, PCR_WRAP) / TICKS_PER_MICROSECOND;
    const off = Math.abs(step - (now - (this.#at[clock] ?? 0)));
    this.#pcr[clock] = pcr;
    this.#at[clock] = now;
    if (known && off <= LONGEST) {
      this.#add(off);
    }
  }

  #add(off: number): void {
    const places = this.#places;
    places[SAMPLES] = (places[SAMPLES] ?? 0) + 1;
    places[SUM] = (places[SUM] ?? 0) + off;
    places[GREATEST] = Math.max(places[GREATEST] ?? 0, off);
    const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log2(Math.max(1, off)) * PER_OCTAVE));
    const window = windowOf(places[WINDOW] ?? 0) + bucket;
    places[HEAD + bucket] = (places[HEAD + bucket] ?? 0) + 1;
    places[window] = (places[window] ?? 0) + 1;
  }

  /** The window that was filled is there to be read while the other one is filled. */
  #rotate(now: Instant): void {
    if (now < this.#windowEnds) {
      return;
    }
    this.#windowEnds = now + WINDOW_LENGTH;
    const next = (this.#places[WINDOW] ?? 0) + 1;
    const at = windowOf(next);
    this.#places.fill(0, at, at + BUCKETS);
    this.#places[WINDOW] = next;
  }

  #clock(pid: number): number {
    for (let i = 0; i < this.#clocks; i++) {
      if (this.#pid[i] === pid) {
        return i;
      }
    }
    if (this.#clocks === CLOCKS) {
      return -1;
    }
    this.#pid[this.#clocks] = pid;
    return this.#clocks++;
  }
}

/** Reads the figures out of the memory of a meter, perhaps on another thread. `undefined` before the first sample. Percentiles are right to 6 %. */
export const readPcrTrust = (places: Float64Array): PcrTrustFigures | undefined => {
  const samples = places[SAMPLES] ?? 0;
  if (samples === 0) {
    return undefined;
  }
  const greatestUs = places[GREATEST] ?? 0;
  const window = places.subarray(windowOf((places[WINDOW] ?? 0) + 1));
  const windowSamples = sum(window);
  return {
    samples,
    averageUs: (places[SUM] ?? 0) / samples,
    p50Us: Math.min(greatestUs, percentile(places.subarray(HEAD), samples, 0.5)),
    p95Us: Math.min(greatestUs, percentile(places.subarray(HEAD), samples, 0.95)),
    p99Us: Math.min(greatestUs, percentile(places.subarray(HEAD), samples, 0.99)),
    greatestUs,
    windowSamples,
    windowP95Us: Math.min(greatestUs, percentile(window, windowSamples, 0.95)),
  };
};

const windowOf = (window: number): number => HEAD + BUCKETS * (1 + (window % 2));

const sum = (histogram: Float64Array): number => {
  let total = 0;
  for (let i = 0; i < BUCKETS; i++) {
    total += histogram[i] ?? 0;
  }
  return total;
};

/** Upper edge of the bucket below which that part of the samples lies. */
const percentile = (histogram: Float64Array, samples: number, part: number): number => {
  let left = samples * part;
  for (let i = 0; i < BUCKETS; i++) {
    left -= histogram[i] ?? 0;
    if (left <= 0 && samples > 0) {
      return 2 ** (i / PER_OCTAVE);
    }
  }
  return 0;
};
