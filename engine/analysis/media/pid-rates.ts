import { NULL_PID, PACKET_SIZE, PID_COUNT } from "@bilbycast/protocols/mpegts";
import { seconds, type Instant } from "@bilbycast/foundation/time";
import type { FollowedStream } from "./followed-stream.ts";

/** A rate is never taken over less. */
const SHORTEST_WINDOW = seconds(1);
const BITS = PACKET_SIZE * 8;

/** What is counted of a PID, and who reads it. */
export type PidRow = {
  /** Packets in the open window. */
  count: number;
  /** Bits per second over the last window that was closed. */
  rate: number;
  stream: FollowedStream | undefined;
};

/** Rates of each PID over the last window that was closed. Rows are made for PIDs that come or are followed; counting costs one addition a packet. */
export class PidRates {
  /** Row of each PID plus one, 0 for none. */
  readonly #placeOf = new Uint16Array(PID_COUNT);
  readonly #rows: PidRow[] = [];
  #total = 0;
  #since: Instant | undefined;

  /** The PID's row, made when it has none. */
  row(pid: number): PidRow {
    return this.#rows[(this.#placeOf[pid] ?? 0) - 1] ?? this.#add(pid);
  }

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
    for (const row of this.#rows) {
      packets += row.count;
      row.rate = Math.round(row.count * scale);
      row.count = 0;
    }
    this.#total = Math.round(packets * scale);
    this.#since = now;
  }

  /** Packets were missed: what was counted in the open window is no rate. The next window opens with the next packet. */
  spoil(): void {
    for (const row of this.#rows) {
      row.count = 0;
    }
    this.#since = undefined;
  }

  /** Forgets every PID. */
  clear(): void {
    this.#placeOf.fill(0);
    this.#rows.length = 0;
    this.#total = 0;
    this.#since = undefined;
  }

  of(pid: number): number {
    return this.#rows[(this.#placeOf[pid] ?? 0) - 1]?.rate ?? 0;
  }

  /** Of all PIDs. */
  get total(): number {
    return this.#total;
  }

  get null(): number {
    return this.of(NULL_PID);
  }

  #add(pid: number): PidRow {
    const row: PidRow = { count: 0, rate: 0, stream: undefined };
    this.#placeOf[pid] = this.#rows.push(row);
    return row;
  }
}
