import type { Instant, Microseconds } from "@bilbycast/foundation/time";

const BITS = 8;
const MILLION = 1_000_000;

/**
 * The Delay Factor of RFC 4445 §3.1: how far the level of a virtual buffer moves that is filled by what arrives and drained at the stream's
 * rate, as time. So long must a receiver hold the stream back to smooth out what the network did to it.
 */
export class DelayFactor {
  /** Bytes per microsecond; 0: not known. */
  #drain = 0;
  #beganAt = -1;
  #bytes = 0;
  #least = 0;
  #most = 0;

  /** A window begins, drained at so many bits per second; `undefined` when nobody knows. */
  begin(now: Instant, rate: number | undefined): void {
    this.#drain = (rate ?? 0) / BITS / MILLION;
    this.#beganAt = now;
    this.#bytes = 0;
    this.#least = 0;
    this.#most = 0;
  }

  add(bytes: number, now: Instant): void {
    this.#look(now);
    this.#bytes += bytes;
    this.#look(now);
  }

  /** Ends the window. `undefined` where the rate was not known. */
  end(now: Instant): Microseconds | undefined {
    this.#look(now);
    return this.#drain <= 0 || this.#beganAt < 0 ? undefined : (this.#most - this.#least) / this.#drain;
  }

  /** The window that runs says nothing: bytes are missing in it. */
  spoil(): void {
    this.#beganAt = -1;
  }

  #look(now: Instant): void {
    const level = this.#bytes - this.#drain * (now - this.#beganAt);
    this.#least = level < this.#least ? level : this.#least;
    this.#most = level > this.#most ? level : this.#most;
  }
}
