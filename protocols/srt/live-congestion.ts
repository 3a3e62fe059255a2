import { after, instant, milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { HEADERS_ON_THE_WIRE } from "./packet.ts";
import type { SrtSettings } from "./settings.ts";

/** What no limit is taken for: 1 Gbit/s, in bytes per second. */
const UNLIMITED = 125_000_000;
/** A lane wakes late, on a busy machine by several steps; so much of what it missed may leave at once. */
const CATCH_UP = milliseconds(10);
/** The first measurement of the input is short. */
const FIRST_WINDOW = milliseconds(500);
const WINDOW = seconds(1);
const FIRST_PAYLOAD = 1_316;

/** Paces a live sender: packets leave no faster than the bandwidth says, and retransmissions no faster than their own. (LiveCC.) */
export class LiveCongestion {
  readonly #settings: SrtSettings;
  #averagePayload = FIRST_PAYLOAD;
  /** When the next packet may leave; whole and parts of microseconds. */
  #nextAt = 0;
  #period = 0;
  #inputBytes = 0;
  #inputRate = 0;
  #inputSince = 0;
  #inputAt = -Infinity;
  #inputWindow = FIRST_WINDOW;
  #tokens = 0;
  #tokensAt = 0;
  #againAt: Instant = instant(0);

  constructor(settings: SrtSettings) {
    this.#settings = settings;
    this.#period = this.#periodNow();
  }

  reset(now: Instant): void {
    this.#averagePayload = FIRST_PAYLOAD;
    this.#nextAt = now;
    this.#inputBytes = 0;
    this.#inputRate = 0;
    this.#inputSince = now;
    this.#inputAt = -Infinity;
    this.#inputWindow = FIRST_WINDOW;
    this.#tokens = 0;
    this.#tokensAt = now;
    this.#againAt = now;
    this.#period = this.#periodNow();
  }

  /** Between two packets. */
  get period(): Microseconds {
    return this.#period;
  }

  /** When the next retransmission may leave. */
  get retransmissionDue(): Instant {
    return instant(Math.max(this.due, this.#againAt));
  }

  /** When the next packet may leave. */
  get due(): Instant {
    return instant(Math.ceil(this.#nextAt));
  }

  /** The application gave a packet. */
  input(payload: number, now: Instant): void {
    this.#averagePayload = (127 * this.#averagePayload + payload) / 128;
    // A pause is no part of the input's rate.
    if (now - this.#inputAt > FIRST_WINDOW) {
      this.#inputBytes = 0;
      this.#inputSince = now;
    }
    this.#inputAt = now;
    this.#inputBytes += payload + HEADERS_ON_THE_WIRE;
    const span = now - this.#inputSince;
    if (span >= this.#inputWindow) {
      this.#inputRate = (this.#inputBytes * 1e6) / span;
      this.#inputBytes = 0;
      this.#inputSince = now;
      this.#inputWindow = WINDOW;
    }
    this.#period = this.#periodNow();
  }

  /** A packet left. */
  sent(now: Instant): void {
    this.#nextAt = Math.max(this.#nextAt, now - CATCH_UP) + this.#period;
  }

  /** Whether a retransmission of that size may leave; if so, it is counted. */
  allowsRetransmission(size: number, now: Instant): boolean {
    const rate = this.#settings.maxRetransmitBandwidth;
    if (rate <= 0) {
      return rate < 0;
    }
    const capacity = Math.max(this.#settings.mss, rate / 10);
    this.#tokens = Math.min(capacity, this.#tokens + (rate * (now - this.#tokensAt)) / 1e6);
    this.#tokensAt = now;
    const missing = this.#averagePayload + HEADERS_ON_THE_WIRE - this.#tokens;
    if (missing > 0) {
      this.#againAt = after(now, Math.max(1, Math.ceil((missing * 1e6) / rate)));
      return false;
    }
    this.#tokens -= size + HEADERS_ON_THE_WIRE;
    return true;
  }

  #periodNow(): Microseconds {
    return (1e6 * (this.#averagePayload + HEADERS_ON_THE_WIRE)) / this.bandwidth;
  }

  /** Bytes per second that may leave. */
  get bandwidth(): number {
    const { maxBandwidth, inputBandwidth, minInputBandwidth, overhead } = this.#settings;
    if (maxBandwidth !== 0) {
      return maxBandwidth > 0 ? maxBandwidth : UNLIMITED;
    }
    const input = inputBandwidth > 0 ? inputBandwidth : Math.max(this.#inputRate, minInputBandwidth);
    return input > 0 ? (input * (100 + overhead)) / 100 : UNLIMITED;
  }
}
