import { milliseconds, type Microseconds } from "@bilbycast/foundation/time";

const FIRST_RTT = milliseconds(100);
const FIRST_VARIANCE = milliseconds(50);
/** What a peer says beyond it is nonsense. */
const LONGEST_RTT = 30_000_000;

/** Smoothed round trip time and its variance, as RFC 6298 smooths but with halved weights. Microseconds. */
export class RoundTrip {
  value: Microseconds = FIRST_RTT;
  variance: Microseconds = FIRST_VARIANCE;
  /** The first that was measured: what drift is told apart from. */
  first: Microseconds = 0;
  /** Whether it is more than what every connection begins with. */
  isKnown = false;
  #isMeasured = false;

  reset(): void {
    this.value = FIRST_RTT;
    this.variance = FIRST_VARIANCE;
    this.first = 0;
    this.#isMeasured = false;
    this.isKnown = false;
  }

  /** Time after which an answer should have come. */
  get patience(): Microseconds {
    return this.value + 4 * this.variance;
  }

  /** What a handshake or the first report took, which is better than nothing until something is measured. */
  guess(sample: Microseconds): void {
    if (!this.isKnown && sample > 0 && sample <= LONGEST_RTT) {
      this.isKnown = true;
      this.value = sample;
      this.variance = sample / 2;
    }
  }

  /** One round trip of our own. */
  add(sample: Microseconds): void {
    if (sample <= 0 || sample > LONGEST_RTT) {
      return;
    }
    if (!this.#isMeasured) {
      this.#isMeasured = true;
      this.isKnown = true;
      this.first = sample;
      this.value = sample;
      this.variance = sample / 2;
      return;
    }
    this.variance = (3 * this.variance + Math.abs(this.value - sample)) / 4;
    this.value = (7 * this.value + sample) / 8;
  }

  /** What the receiver measured; a side that only sends has nothing better. Its starting values are no measurement. */
  adopt(value: Microseconds, variance: Microseconds): void {
    const isStart = value === FIRST_RTT && variance === FIRST_VARIANCE;
    if (value > 0 && value <= LONGEST_RTT && variance >= 0 && variance <= LONGEST_RTT && !isStart) {
      this.isKnown = true;
      this.value = value;
      this.variance = variance;
    }
  }
}
