import { NULL_PID, PACKET_SIZE, PID_COUNT } from "@bilbycast/protocols/mpegts";
import { seconds, type Instant } from "@bilbycast/foundation/time";

/** A rate is never taken over less. */
const SHORTEST_WINDOW = seconds(1);
const BITS = PACKET_SIZE * 8;

/** Bits per second of each PID over the last window that was closed. Counting costs one addition a packet. */
export class PidRates {
  /** Packets of each PID in the open window. */
  readonly counts = new Uint32Array(PID_COUNT);
  readonly #rates = new Float64Array(PID_COUNT);
  #total = 0;
  #since: Instant | undefined;

  /** Something comes: the first window opens. */
  open(now: Instant): void {
    this.#since ??= now;
  }

  /** Closes the window when it is old enough. */
  close(now: Instant): void {
    if (this.#since === undefined || now - this.#since < SHORTEST_WINDOW) {
      return;
    }
    const scale = (BITS * 1_000_000) / (now - this.#since);
    let packets = 0;
    for (let pid = 0; pid < PID_COUNT; pid++) {
      const count = this.counts[pid] ?? 0;
      packets += count;
      this.#rates[pid] = Math.round(count * scale);
    }
    this.#total = Math.round(packets * scale);
    this.counts.fill(0);
    this.#since = now;
  }

  /** Packets were missed: what was counted in the open window is no rate. The next window opens with the next packet. */
  spoil(): void {
    this.counts.fill(0);
    this.#since = undefined;
  }

  clear(): void {
    this.spoil();
    this.#rates.fill(0);
    this.#total = 0;
  }

  of(pid: number): number {
    return this.#rates[pid] ?? 0;
  }

  /** Of all PIDs. */
  get total(): number {
    return this.#total;
  }

  get null(): number {
    return this.of(NULL_PID);
  }
}
