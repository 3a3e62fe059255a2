import { PID_COUNT } from "../packet.ts";
import type { PcrClock } from "./pcr-clock.ts";

/** In the columns of times: it has not happened. */
export const UNSEEN = -1;
export const NONE = -1;

/** What the tables say of a PID. */
export const REFERENCED = 1;
export const HAS_MAPS = 2;
/** Its PES packets bring a PTS at least every 700 ms. */
export const HAS_PTS = 4;
/** A program takes its time from here. */
export const CARRIES_PCR = 8;
/** Pictures, sound or a clock: it never pauses. Subtitles and cues may. */
export const CONTINUOUS = 16;
export const ROLES = REFERENCED | HAS_MAPS | HAS_PTS | CARRIES_PCR | CONTINUOUS;
/** The last packet was the second of its kind. */
export const DOUBLED = 32;
/** Its absence was counted and lasts. */
export const MISSING = 64;

const FIRST_CAPACITY = 32;
const MOST_IN_A_BYTE = 255;

/**
 * What is remembered of each PID that came or is named: rows in columns, which grow to what a stream has. A row that is given up is filled
 * by the last one, so rows are always 0 to `count`; a place is good until the next `remove`.
 */
export class PidTable {
  count = 0;
  /** Row of each PID plus one, 0 for none. A byte each is enough until a stream has more than 255. */
  #placeOf: Uint8Array | Uint16Array = new Uint8Array(PID_COUNT);
  pids = new Uint16Array(FIRST_CAPACITY);
  flags = new Uint8Array(FIRST_CAPACITY);
  /** continuity_counter of the last packet. */
  counters = new Int8Array(FIRST_CAPACITY);
  lastSeen = new Float64Array(FIRST_CAPACITY);
  lastPts = new Float64Array(FIRST_CAPACITY);
  lastPcr = new Float64Array(FIRST_CAPACITY);
  /** Since when a PID that no table names is there. */
  strangerSince = new Float64Array(FIRST_CAPACITY);
  readonly clocks: (PcrClock | undefined)[] = [];
  clockCount = 0;

  /** The row of a PID, NONE when it has none. */
  find(pid: number): number {
    return (this.#placeOf[pid] ?? 0) - 1;
  }

  /** The row of a PID, made when it has none. */
  add(pid: number): number {
    const known = this.find(pid);
    if (known !== NONE) {
      return known;
    }
    if (this.count === this.pids.length) {
      this.#grow();
    }
    const place = this.count++;
    this.#placeOf[pid] = place + 1;
    this.pids[place] = pid;
    this.flags[place] = 0;
    this.counters[place] = UNSEEN;
    this.lastSeen[place] = UNSEEN;
    this.lastPts[place] = UNSEEN;
    this.lastPcr[place] = UNSEEN;
    this.strangerSince[place] = UNSEEN;
    this.clocks[place] = undefined;
    return place;
  }

  setClock(place: number, clock: PcrClock): void {
    this.clockCount += this.clocks[place] === undefined ? 1 : 0;
    this.clocks[place] = clock;
  }

  remove(place: number): void {
    const last = --this.count;
    this.clockCount -= this.clocks[place] === undefined ? 0 : 1;
    this.#placeOf[this.pids[place] ?? 0] = 0;
    if (place !== last) {
      this.#placeOf[this.pids[last] ?? 0] = place + 1;
      for (const column of [this.pids, this.flags, this.counters, this.lastSeen, this.lastPts, this.lastPcr, this.strangerSince]) {
        column[place] = column[last] ?? 0;
      }
      this.clocks[place] = this.clocks[last];
    }
    this.clocks.length = last;
  }

  /** Forgets when and with which counter each PID came, and half measured clocks; roles stay. */
  forget(): void {
    this.counters.fill(UNSEEN);
    for (const column of [this.lastSeen, this.lastPts, this.lastPcr, this.strangerSince]) {
      column.fill(UNSEEN);
    }
    for (let place = 0; place < this.count; place++) {
      this.flags[place] = (this.flags[place] ?? 0) & ROLES;
      this.clocks[place]?.restart();
    }
  }

  /** Forgets every PID and gives the memory back. */
  clear(): void {
    this.#placeOf = new Uint8Array(PID_COUNT);
    this.count = 0;
    this.clocks.length = 0;
    this.clockCount = 0;
    this.#resize(FIRST_CAPACITY);
  }

  /** PIDs whose absence lasts. */
  missing(): number {
    let missing = 0;
    for (let place = 0; place < this.count; place++) {
      missing += ((this.flags[place] ?? 0) & MISSING) === 0 ? 0 : 1;
    }
    return missing;
  }

  #grow(): void {
    const capacity = Math.min(PID_COUNT, this.pids.length * 2);
    this.#resize(capacity);
    if (capacity > MOST_IN_A_BYTE) {
      this.#placeOf = Uint16Array.from(this.#placeOf);
    }
  }

  #resize(capacity: number): void {
    this.pids = resized(this.pids, new Uint16Array(capacity));
    this.flags = resized(this.flags, new Uint8Array(capacity));
    this.counters = resized(this.counters, new Int8Array(capacity));
    this.lastSeen = resized(this.lastSeen, new Float64Array(capacity));
    this.lastPts = resized(this.lastPts, new Float64Array(capacity));
    this.lastPcr = resized(this.lastPcr, new Float64Array(capacity));
    this.strangerSince = resized(this.strangerSince, new Float64Array(capacity));
  }
}

const resized = <Column extends Uint16Array | Uint8Array | Int8Array | Float64Array>(from: Column, to: Column): Column => {
  to.set(from.subarray(0, to.length));
  return to;
};
