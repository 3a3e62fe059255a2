import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import { difference, PCR_HZ, PCR_WRAP } from "../media-time.ts";
import { PID_COUNT } from "../packet.ts";

/** A stream with more clocks than that has the others unchecked. */
const MOST_CLOCKS = 256;
/** PCRs that the line is laid through. */
const POINTS = 16;
/** Fewer say nothing about a line. */
const LEAST_POINTS = 4;
const NONE = -1;
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;

/** TR 101 290 §5.2.2 2.3a, 2.3b. */
const LONGEST_GAP: Microseconds = 100_000;
const LONGEST_STEP = PCR_HZ / 10;

export type PcrVerdict = { isLate: boolean; jumps: boolean; isOff: boolean };

/**
 * Looks at the PCRs of each PID as they come. What a receiver can say of their accuracy is little: the network's jitter is in every
 * arrival. A PCR is called off when it lies further than `tolerance` from the least-squares line of arrivals over the last sixteen.
 */
export class PcrCheck {
  /** Of the PCR that came last: its distance from the line in microseconds, negative when it came early. */
  offset = 0;
  readonly #tolerance: Microseconds;
  readonly #placeOf = new Int16Array(PID_COUNT).fill(NONE);
  readonly #pcrs = new Float64Array(MOST_CLOCKS * POINTS);
  readonly #arrivals = new Float64Array(MOST_CLOCKS * POINTS);
  readonly #count = new Float64Array(MOST_CLOCKS);
  readonly #lastPcr = new Float64Array(MOST_CLOCKS);
  /** The last PCR on a clock that does not wrap, in microseconds. */
  readonly #endless = new Float64Array(MOST_CLOCKS);
  readonly #verdict: PcrVerdict = { isLate: false, jumps: false, isOff: false };
  #clocks = 0;

  constructor(tolerance: Microseconds) {
    this.#tolerance = tolerance;
  }

  /** The verdict on one PCR; the object is the same each time. `isAnnounced`: a discontinuity indicator is set. */
  look(pid: number, pcr: number, arrival: Instant, isAnnounced: boolean): PcrVerdict {
    const verdict = this.#verdict;
    verdict.isLate = false;
    verdict.jumps = false;
    verdict.isOff = false;
    const place = this.#place(pid);
    if (place === NONE) {
      return verdict;
    }
    const count = this.#count[place] ?? 0;
    if (count === 0 || isAnnounced) {
      this.#begin(place, pcr, arrival);
      return verdict;
    }
    const step = difference(pcr, this.#lastPcr[place] ?? 0, PCR_WRAP);
    const before = this.#arrivals[place * POINTS + ((count - 1) % POINTS)] ?? 0;
    verdict.isLate = arrival - before > LONGEST_GAP;
    // After a loss of packets the PCR may rightly be far from the last one: then it is as far as its arrival.
    verdict.jumps = step < 0 || (step > LONGEST_STEP && Math.abs(step / TICKS_PER_MICROSECOND - (arrival - before)) > LONGEST_GAP);
    if (verdict.jumps) {
      this.#begin(place, pcr, arrival);
      return verdict;
    }
    this.#add(place, pcr, step, arrival);
    verdict.isOff = Math.abs(this.offset) > this.#tolerance;
    return verdict;
  }

  #place(pid: number): number {
    const known = this.#placeOf[pid] ?? NONE;
    if (known !== NONE || this.#clocks === MOST_CLOCKS) {
      return known;
    }
    this.#placeOf[pid] = this.#clocks;
    return this.#clocks++;
  }

  #begin(place: number, pcr: number, arrival: Instant): void {
    this.#lastPcr[place] = pcr;
    this.#endless[place] = 0;
    this.#pcrs[place * POINTS] = 0;
    this.#arrivals[place * POINTS] = arrival;
    this.#count[place] = 1;
    this.offset = 0;
  }

  #add(place: number, pcr: number, step: number, arrival: Instant): void {
    const count = this.#count[place] ?? 0;
    const endless = (this.#endless[place] ?? 0) + step / TICKS_PER_MICROSECOND;
    this.offset = count >= LEAST_POINTS ? this.#distance(place, Math.min(count, POINTS), endless, arrival) : 0;
    this.#lastPcr[place] = pcr;
    this.#endless[place] = endless;
    this.#pcrs[place * POINTS + (count % POINTS)] = endless;
    this.#arrivals[place * POINTS + (count % POINTS)] = arrival;
    this.#count[place] = count + 1;
  }

  /** From the line arrival = a + b * pcr through the points that are there, at `pcr`. Coordinates relative to the first point keep the sums small. */
  #distance(place: number, points: number, pcr: number, arrival: number): number {
    const first = place * POINTS;
    const originX = this.#pcrs[first] ?? 0;
    const originY = this.#arrivals[first] ?? 0;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let i = first; i < first + points; i++) {
      const x = (this.#pcrs[i] ?? 0) - originX;
      const y = (this.#arrivals[i] ?? 0) - originY;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumXY += x * y;
    }
    const spread = points * sumXX - sumX * sumX;
    const slope = spread === 0 ? 1 : (points * sumXY - sumX * sumY) / spread;
    const base = (sumY - slope * sumX) / points;
    return arrival - originY - (base + slope * (pcr - originX));
  }
}
