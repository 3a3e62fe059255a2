import type { EgressStage, Memory, PacketRing, Tally } from "@bilbycast/foundation/packets";
import { milliseconds, NEVER, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { PACKET_SIZE, UNIT_PACKETS } from "../packet.ts";
import { MOST_UNITS } from "./remux-stage.ts";
import { Remux, type RemuxCounts } from "./remux.ts";
import type { RemuxRules } from "./rules.ts";
import { UnitWriter } from "./unit-writer.ts";

export type ConstantRateCounts = RemuxCounts & {
  /** Null packets put in to make up the rate. */
  nullsInserted: Tally;
  /** Packets sent beyond the rate, as more came than it carries. */
  padOverrun: Tally;
};

/** How long a packet waits for its place on the grid; what waits longer has come faster than the rate. */
const PATIENCE: Microseconds = milliseconds(50);
/** A grid that is late by this much begins anew: what it missed is not made up for. */
const LATE: Microseconds = milliseconds(100);
/** Without a packet for this long the source is gone, and a stream of nothing but stuffing would hide it. */
const SILENCE: Microseconds = seconds(1);
/** Units are as long as that at the most, so that a low rate does not wait for seven packets. */
const LONGEST_UNIT: Microseconds = milliseconds(20);

/**
 * Sends at a constant rate: a unit for each point of an absolute grid, made of what waits and filled up with null packets. Those of the
 * source make room first. Nothing is dropped where more comes than the rate carries: what has waited for 50 ms goes out besides.
 * Packets wait on the source; PCRs keep their values.
 */
export class ConstantRateStage implements EgressStage {
  readonly ring: UnitWriter;
  readonly hold = PATIENCE;
  readonly remux: Remux;
  readonly #counts: ConstantRateCounts;
  readonly #unitPackets: number;
  /** From one unit to the next; not a whole number. */
  readonly #interval: Microseconds;
  /** How long packets were held before they may be taken. */
  readonly #delay: Microseconds;
  #start: Instant = NEVER;
  /** Units that were due since the start. */
  #slots = 0;
  /** Number behind the last unit that has its place on the grid: what lies behind it went out ahead of its time. */
  #placed = 0;
  #lastTaken: Instant = NEVER;

  /** `rate`: bits of TS packets per second. `delay`: from a packet's arrival until it may be taken. */
  constructor(memory: Memory, rules: RemuxRules, rate: number, delay: Microseconds, counts: ConstantRateCounts) {
    const packetTime = (PACKET_SIZE * 8 * 1e6) / rate;
    this.#unitPackets = Math.min(UNIT_PACKETS, Math.max(1, Math.floor(LONGEST_UNIT / packetTime)));
    this.#interval = this.#unitPackets * packetTime;
    this.#delay = delay;
    this.#counts = counts;
    this.ring = new UnitWriter(memory, this.#unitPackets);
    this.remux = new Remux(memory, rules, this.ring, counts);
  }

  get deadline(): Instant {
    return this.#start === NEVER ? NEVER : this.#due();
  }

  take(source: PacketRing, first: number, end: number, sent: number, now: Instant): number {
    let n = first;
    while (this.#start === NEVER && n < end && this.ring.room(sent) >= MOST_UNITS) {
      this.#takeOne(source, n++, now);
      this.#begin(now);
    }
    if (this.#start !== NEVER) {
      n = this.#fillGrid(source, n, end, sent, now);
      n = this.#takeOverdue(source, n, end, sent, now);
      this.#rest(n === end, now);
    }
    return n;
  }

  flush(): void {
    this.ring.flush();
  }

  goOnFrom(before: EgressStage, now: Instant): void {
    if ("remux" in before && before.remux instanceof Remux) {
      this.remux.goOnFrom(before.remux, now);
    }
  }

  close(): void {
    this.ring.close();
  }

  /** The grid begins with the first packet that passes. */
  #begin(now: Instant): void {
    if (this.ring.fill > 0 || this.ring.head > this.#placed) {
      this.#start = now;
      this.#slots = 0;
    }
  }

  #due(): Instant {
    return Math.ceil(this.#start + this.#slots * this.#interval) as Instant;
  }

  #fillGrid(source: PacketRing, first: number, end: number, sent: number, now: Instant): number {
    if (now - this.#due() > LATE) {
      this.#start = now;
      this.#slots = 0;
    }
    let n = first;
    for (; this.#due() <= now && this.ring.room(sent) >= MOST_UNITS; this.#slots++) {
      while (this.ring.head === this.#placed && n < end) {
        this.#takeOne(source, n++, now);
      }
      if (this.ring.head === this.#placed) {
        this.ring.begin(now, now, n);
        this.#counts.nullsInserted.add(this.ring.pad());
      }
      // Who stamps packets stamps them with their time on the grid.
      this.ring.arrival[this.#placed & this.ring.mask] = this.#due();
      this.#placed++;
    }
    return n;
  }

  #takeOverdue(source: PacketRing, first: number, end: number, sent: number, now: Instant): number {
    const oldest = now - PATIENCE - this.#delay;
    const before = this.ring.head;
    let n = first;
    while (n < end && (source.arrival[n & source.mask] ?? 0) < oldest && this.ring.room(sent) >= MOST_UNITS) {
      this.#takeOne(source, n++, now);
    }
    const extra = this.ring.head - before;
    this.#placed += extra;
    this.#counts.padOverrun.add(extra * this.#unitPackets);
    return n;
  }

  /** Stops the grid when the source is gone, or the program in it. */
  #rest(isDry: boolean, now: Instant): void {
    if (isDry && (this.remux.isAbsent || now - this.#lastTaken > SILENCE)) {
      this.ring.flush();
      this.#placed = this.ring.head;
      this.#start = NEVER;
    }
  }

  #takeOne(source: PacketRing, n: number, now: Instant): void {
    const column = n & source.mask;
    this.ring.begin(now, now, n);
    this.remux.take(source.offset[column] ?? 0, source.length[column] ?? 0);
    this.#lastTaken = now;
  }
}
