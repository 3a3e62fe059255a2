import { seconds, type Microseconds } from "@bilbycast/foundation/time";
import { Line } from "./line.ts";

/** Of each span the packet that the network delayed least is kept. */
const SPAN: Microseconds = seconds(5);
const POINTS = 64;
const FIRST_POINTS = 4;
const EMPTY = new Float64Array(0);
/** Fewer say nothing: 15 s. */
const LEAST_POINTS = 4;
/** For the drift each half of the points makes a line of its own: 80 s. */
const LEAST_FOR_DRIFT = 16;
const MILLION = 1_000_000;
const HOUR = 3_600 * MILLION;

/** A measured value and its standard error, both in `unit` of who gives it. */
export type Estimate = { value: number; error: number };

/**
 * How fast the clock of a stream runs against ours, over 15 s to 5 min. Of every five seconds only the packet that came earliest by its PCR
 * counts: queues in the network only ever add delay. What is left of them is in the error; that our own clock is wrong is not.
 */
export class ClockFrequency {
  /** Time and delay of each point in turn; grows to POINTS of them. */
  #points = EMPTY;
  #count = 0;
  #spanEnd = 0;
  #time = 0;
  #delay = Infinity;

  restart(): void {
    this.#count = 0;
    this.#spanEnd = 0;
    this.#delay = Infinity;
  }

  /** `time`: microseconds of the stream's clock since `restart`; `delay`: arrival on our clock less that. */
  add(time: Microseconds, delay: Microseconds): void {
    if (this.#spanEnd === 0) {
      this.#spanEnd = time + SPAN;
    }
    if (time >= this.#spanEnd) {
      this.#keep();
      this.#spanEnd = time - ((time - this.#spanEnd) % SPAN) + SPAN;
    }
    if (delay < this.#delay) {
      this.#delay = delay;
      this.#time = time;
    }
  }

  /** Microseconds from the first point to the last. */
  get window(): Microseconds {
    return this.#count < 2 ? 0 : this.#timeAt(this.#count - 1) - this.#timeAt(this.#oldest);
  }

  /** Parts per million, positive when the stream's clock is faster than ours. */
  offset(): Estimate | undefined {
    return this.#kept < LEAST_POINTS ? undefined : this.#offsetOf(this.#oldest, this.#count);
  }

  /** Change of the offset in parts per million and hour. */
  drift(): Estimate | undefined {
    const points = this.#kept;
    if (points < LEAST_FOR_DRIFT) {
      return undefined;
    }
    const middle = this.#oldest + (points >> 1);
    const before = this.#offsetOf(this.#oldest, middle);
    const after = this.#offsetOf(middle, this.#count);
    const hours = this.window / 2 / HOUR;
    return { value: (after.value - before.value) / hours, error: Math.hypot(before.error, after.error) / hours };
  }

  get #kept(): number {
    return Math.min(this.#count, POINTS);
  }

  get #oldest(): number {
    return this.#count - this.#kept;
  }

  #timeAt(index: number): number {
    return this.#points[(index % POINTS) * 2] ?? 0;
  }

  #offsetOf(from: number, end: number): Estimate {
    const line = new Line();
    for (let i = from; i < end; i++) {
      line.add(this.#timeAt(i), this.#points[(i % POINTS) * 2 + 1] ?? 0);
    }
    line.lay(0);
    return { value: -line.slope * MILLION, error: line.slopeError * MILLION };
  }

  #keep(): void {
    if (this.#delay < Infinity) {
      const place = (this.#count % POINTS) * 2;
      if (place >= this.#points.length) {
        this.#grow();
      }
      this.#points[place] = this.#time;
      this.#points[place + 1] = this.#delay;
      this.#count++;
      this.#delay = Infinity;
    }
  }

  #grow(): void {
    const points = new Float64Array(Math.max(FIRST_POINTS, this.#points.length) * 2);
    points.set(this.#points);
    this.#points = points;
  }
}
