import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import { difference, PCR_HZ, PCR_WRAP } from "../media-time.ts";
import { PACKET_SIZE } from "../packet.ts";
import { ClockFrequency, type Estimate } from "./clock-frequency.ts";
import { IntervalMeter, type Interval } from "../arrival/interval-meter.ts";
import { Line } from "./line.ts";

/** PCRs that are remembered: one to three seconds. */
const POINTS = 64;
/** What is kept of each. */
const TIME = 0;
const ARRIVAL = 1;
const POSITION = 2;
const FIELDS = 3;
/** PCRs that the line for the check of accuracy is laid through, and the fewest that make one. */
const CHECK_POINTS = 16;
const LEAST_CHECK_POINTS = 4;
/** Fewer say nothing about jitter or rate. */
const LEAST_POINTS = 16;
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;
const PACKET_BITS = PACKET_SIZE * 8;
const MILLION = 1_000_000;

/** TR 101 290 §5.2.2 2.3a, 2.3b. */
const LONGEST_GAP: Microseconds = 100_000;

/** A rate counts as constant while no PCR is further from its place than so many packets take. */
const MOST_PACKETS_OFF = 3;

/** Bits of a verdict. */
export const PCR_LATE = 1;
export const PCR_JUMPS = 2;
export const PCR_OFF = 4;

/** What is known of the clock that a PID carries. Times in microseconds. */
export type PcrFacts = {
  pid: number;
  count: number;
  /** Between PCR values, by the stream's own clock: the network has no part in it. Of the last closed window, and of all. */
  interval?: Interval;
  lifetimeInterval?: Interval;
  /** Jumps with and without a discontinuity_indicator. */
  announced: number;
  unannounced: number;
  /** PCR_OJ as the receiver sees it: distances from the least-squares line of arrivals. It includes the jitter of the network and of our own waking. */
  overallJitter?: { peakToPeak: Microseconds; largest: Microseconds; samples: number; window: Microseconds };
  /** Parts per million against our clock, whose own error is in it. */
  frequencyOffset?: Estimate & { window: Microseconds };
  /** Parts per million and hour. */
  drift?: Estimate;
  /** Bits per second of the whole stream by its PCR, null packets included. */
  rate?: number;
  /** PCR_AC in nanoseconds, by the place of each PCR among the packets: the network has no part in it. Only for a constant rate. */
  accuracy?: { largest: number; samples: number };
};

/** Looks at the PCRs of one PID as they come. */
export class PcrClock {
  /** PCRs that came. */
  count = 0;
  announced = 0;
  unannounced = 0;
  /** Microseconds on a clock that neither wraps nor jumps back, of the PCR that came last. */
  time = 0;
  /** Counts up when the clock begins anew: times of two epochs cannot be compared. */
  epoch = 0;
  readonly #tolerance: Microseconds;
  /** Of each of the last PCRs TIME, ARRIVAL and POSITION. */
  readonly #ring = new Float64Array(POINTS * FIELDS);
  readonly #intervals = new IntervalMeter();
  readonly #frequency = new ClockFrequency();
  /** Points since the last break. */
  #points = 0;
  /** Points whose packets all came. */
  #unbroken = 0;
  #breaks = 0;
  #lastPcr = 0;
  #lastArrival = -1;
  #beginTime = 0;
  #beginArrival = 0;

  /** `tolerance`: distance from the line from which a PCR is called inaccurate. */
  constructor(tolerance: Microseconds) {
    this.#tolerance = tolerance;
  }

  get lastArrival(): number {
    return this.#lastArrival;
  }

  /**
   * The verdict on one PCR, as bits. `position` counts packets of the stream, `breaks` how often some were lost.
   * A PCR value that goes on by 100 ms more or less than time did is a jump; one that goes on by more than 100 ms with it is late.
   */
  look(pcr: number, arrival: Instant, position: number, breaks: number, isAnnounced: boolean): number {
    this.count++;
    const isFirst = this.#points === 0;
    const step = isFirst ? 0 : difference(pcr, this.#lastPcr, PCR_WRAP) / TICKS_PER_MICROSECOND;
    const gap = arrival - this.#lastArrival;
    this.#lastPcr = pcr;
    this.#lastArrival = arrival;
    this.#unbroken = breaks === this.#breaks ? this.#unbroken : 0;
    this.#breaks = breaks;
    if (isFirst || isAnnounced) {
      this.announced += isFirst ? 0 : 1;
      this.#begin(arrival, position);
      return 0;
    }
    if (step < 0 || (step > LONGEST_GAP && Math.abs(step - gap) > LONGEST_GAP)) {
      this.unannounced++;
      this.#begin(arrival, position);
      return PCR_JUMPS;
    }
    this.time += step;
    this.#intervals.add(step);
    const offset = this.#offset(arrival);
    this.#add(arrival, position);
    // A value alone that is too far ahead came in time.
    const isLate = step > LONGEST_GAP && gap > LONGEST_GAP / 2;
    return (isLate ? PCR_LATE : 0) | (Math.abs(offset) > this.#tolerance ? PCR_OFF : 0);
  }

  /** Forgets what the next PCR would be compared with. */
  restart(): void {
    this.#points = 0;
    this.#unbroken = 0;
    this.#frequency.restart();
  }

  closeWindow(): void {
    this.#intervals.closeWindow();
  }

  /** Bits per second of the stream by the last PCRs; `undefined` before there are enough, or after a loss. */
  rate(): number | undefined {
    const points = Math.min(this.#unbroken, POINTS);
    if (points < LEAST_POINTS) {
      return undefined;
    }
    const first = this.#points - points;
    const last = this.#points - 1;
    const time = this.#at(last, TIME) - this.#at(first, TIME);
    return time <= 0 ? undefined : ((this.#at(last, POSITION) - this.#at(first, POSITION)) * PACKET_BITS * MILLION) / time;
  }

  facts(pid: number): PcrFacts {
    const rate = this.rate();
    return stripped({
      pid,
      count: this.count,
      interval: this.#intervals.window(),
      lifetimeInterval: this.#intervals.lifetime(),
      announced: this.announced,
      unannounced: this.unannounced,
      overallJitter: this.#overallJitter(),
      frequencyOffset: withWindow(this.#frequency.offset(), this.#frequency.window),
      drift: this.#frequency.drift(),
      rate,
      accuracy: rate === undefined ? undefined : this.#accuracy(rate),
    });
  }

  #begin(arrival: Instant, position: number): void {
    this.restart();
    this.epoch++;
    this.#beginTime = this.time;
    this.#beginArrival = arrival;
    this.#add(arrival, position);
  }

  #add(arrival: Instant, position: number): void {
    const place = (this.#points % POINTS) * FIELDS;
    this.#ring[place + TIME] = this.time;
    this.#ring[place + ARRIVAL] = arrival;
    this.#ring[place + POSITION] = position;
    this.#points++;
    this.#unbroken++;
    const elapsed = this.time - this.#beginTime;
    this.#frequency.add(elapsed, arrival - this.#beginArrival - elapsed);
  }

  /** How far an arrival is from where the last sixteen PCRs say that this one belongs. */
  #offset(arrival: Instant): number {
    const points = Math.min(this.#points, CHECK_POINTS);
    return points < LEAST_CHECK_POINTS ? 0 : arrival - this.#line(ARRIVAL, points).at(this.time);
  }

  #line(field: number, points: number): Line {
    LINE.clear();
    for (let i = this.#points - points; i < this.#points; i++) {
      LINE.add(this.#at(i, TIME), this.#at(i, field));
    }
    return LINE.lay(1);
  }

  #overallJitter(): PcrFacts["overallJitter"] {
    const samples = Math.min(this.#points, POINTS);
    if (samples < LEAST_POINTS) {
      return undefined;
    }
    const { least, most, window } = this.#distances(ARRIVAL, samples);
    return { peakToPeak: most - least, largest: Math.max(most, -least), samples, window };
  }

  #accuracy(rate: number): PcrFacts["accuracy"] {
    const samples = Math.min(this.#unbroken, POINTS);
    const { least, most } = this.#distances(POSITION, samples);
    const packets = Math.max(most, -least);
    return packets > MOST_PACKETS_OFF ? undefined : { largest: (packets * PACKET_BITS * 1e9) / rate, samples };
  }

  /** Smallest and largest distance from the line through the last points. */
  #distances(field: number, points: number): { least: number; most: number; window: Microseconds } {
    const line = this.#line(field, points);
    let least = Infinity;
    let most = -Infinity;
    for (let i = this.#points - points; i < this.#points; i++) {
      const distance = this.#at(i, field) - line.at(this.#at(i, TIME));
      least = Math.min(least, distance);
      most = Math.max(most, distance);
    }
    return { least, most, window: this.#at(this.#points - 1, TIME) - this.#at(this.#points - points, TIME) };
  }

  #at(point: number, field: number): number {
    return this.#ring[(point % POINTS) * FIELDS + field] ?? 0;
  }
}

/** One for all: it is laid and read within a call. */
const LINE = new Line();

const withWindow = (estimate: Estimate | undefined, window: Microseconds): PcrFacts["frequencyOffset"] =>
  estimate === undefined ? undefined : { ...estimate, window };

type Optional<T> = { [K in keyof T]: T[K] | undefined };

/** Without the fields that nothing is known of. */
const stripped = (facts: Optional<PcrFacts>): PcrFacts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as PcrFacts;
