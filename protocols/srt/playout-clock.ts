import { instant, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { unwrapStamp } from "./sequence.ts";

/** Samples that one mean is made of; where they come slowly, those of ten seconds. */
const SAMPLES = 1_000;
const LEAST_SAMPLES = 100;
const LONGEST_SPAN = seconds(10);
/** Drift beyond it moves the base, so that what is left stays small. */
const MOST_DRIFT = 5_000;

/**
 * When a packet is delivered: its time stamp on our clock, plus the latency. The base is where the peer's time began on our clock, as the
 * handshake showed it; where the peer's clock runs faster or slower, samples from what it sends move it. (TSBPD.)
 */
export class PlayoutClock {
  latency: Microseconds = 0;
  /** Mean of the last samples, as far as it has not gone into the base. */
  drift: Microseconds = 0;
  #base = 0;
  #sum = 0;
  #count = 0;
  #since: Instant = instant(0);

  /** The peer's packet with `stamp` came at `now`. */
  begin(stamp: number, now: Instant, latency: Microseconds): void {
    this.latency = latency;
    this.#base = now - stamp;
    this.drift = 0;
    this.#since = now;
    this.#sum = 0;
    this.#count = 0;
  }

  /** The endless stamp behind the 32 bits of a packet that came at `now`: the one closest to what the peer's clock shows. */
  unwrap(stamp: number, now: Instant): number {
    return unwrapStamp(stamp, Math.round(now - this.#base - this.drift));
  }

  /** When a packet with an endless stamp is delivered. */
  due(stamp: number): Instant {
    return instant(this.#base + stamp + this.drift + this.latency);
  }

  /** How much later than by the clock a packet with `stamp` came at `now`. */
  lag(stamp: number, now: Instant): Microseconds {
    return now - (this.#base + this.unwrap(stamp, now)) - this.drift;
  }

  /** A packet with `stamp` came at `now`; `excess`: how much longer than at first it was under way. */
  sample(stamp: number, now: Instant, excess: Microseconds): void {
    this.#sum += now - (this.#base + this.unwrap(stamp, now)) - excess;
    this.#count++;
    if (this.#count < LEAST_SAMPLES || (this.#count < SAMPLES && now - this.#since < LONGEST_SPAN)) {
      return;
    }
    this.#since = now;
    const mean = Math.round(this.#sum / this.#count);
    const moved = Math.abs(mean) > MOST_DRIFT ? Math.sign(mean) * MOST_DRIFT : 0;
    this.#base += moved;
    this.drift = mean - moved;
    this.#sum = 0;
    this.#count = 0;
  }
}
