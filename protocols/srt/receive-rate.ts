import { instant, seconds, type Instant } from "@bilbycast/foundation/time";
import { HEADER_SIZE } from "./packet.ts";

/** How much of the past counts. */
const WINDOW = seconds(1);
/** What a link is taken for until more has come through it. Packets per second. */
const LEAST_CAPACITY = 1_000;

/**
 * How much comes in. Packets arrive in batches under one time, so pairs tell nothing of the link, and its capacity is given as the most
 * that was ever seen to come through.
 */
export class ReceiveRate {
  /** Per second, smoothed. */
  packets = 0;
  bytes = 0;
  capacity = LEAST_CAPACITY;
  #packets = 0;
  #bytes = 0;
  #since: Instant = instant(0);

  reset(now: Instant): void {
    this.packets = 0;
    this.bytes = 0;
    this.capacity = LEAST_CAPACITY;
    this.#packets = 0;
    this.#bytes = 0;
    this.#since = now;
  }

  add(payload: number): void {
    this.#packets++;
    this.#bytes += payload + HEADER_SIZE;
  }

  measure(now: Instant): void {
    const span = now - this.#since;
    if (span <= 0) {
      return;
    }
    const weight = Math.min(1, span / WINDOW);
    this.packets = Math.round(this.packets + weight * ((this.#packets * 1e6) / span - this.packets));
    this.bytes = Math.round(this.bytes + weight * ((this.#bytes * 1e6) / span - this.bytes));
    this.capacity = Math.max(this.capacity, this.packets);
    this.#packets = 0;
    this.#bytes = 0;
    this.#since = now;
  }
}
