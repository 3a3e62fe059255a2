import { UNIT_SIZE, unitCount, UnitPool, type Memory, type PacketBatch, type Tally } from "@bilbycast/foundation/packets";
import { instant, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { PathLags } from "./path-lags.ts";

export type HoldRingCounters = {
  readonly packetsLost: Tally;
  readonly packetsOverflowed: Tally;
  readonly holesCutShort: Tally;
};

/** A copy of a packet: where it lies, or, with `payload` not negative, under the name that `keep` gave it. */
export type Copy = { offset: number; length: number; peer: number; payload: number };

/** What became of one copy of a packet. */
export const FORWARDED = 0;
/** The other path brought it before. */
export const DUPLICATE = 1;
/** The same path brought it before. */
export const REPEATED = 2;
/** It was given up before it came. */
export const LATE = 3;
export const OVERFLOWED = 4;

/** Sequence numbers that are remembered: a packet may be as far as half of them from the newest one. */
export const COLUMNS = 32_768;
const MASK = COLUMNS - 1;

/** Where nothing waits a packet still fills its hole this far behind the newest one. */
export const NEAR = 1_024;

const NONE = -1;
const BOTH_PATHS = 3;
const TOO_LATE = 4;

/** Part of the hold that a packet has at least, however late its path: it is to be put in order by. */
const LEAST_HOLD = 1 / 4;

/**
 * Packets of two paths by their endless sequence number, each once and in order.
 *
 * With a `hold` every packet leaves that long after its place on the timeline, whichever path it came by; a hole is given up when the
 * packet behind it leaves. Without one, packets in their place go through where they lie, and a hole is waited for `window`; with
 * neither nothing waits, and a packet that was missing goes through when it comes.
 */
export class HoldRing {
  readonly #hold: Microseconds;
  readonly #window: Microseconds;
  readonly #lags: PathLags;
  readonly #counters: HoldRingCounters;
  readonly #pool: UnitPool;
  /** Slots that are kept free for what one call brings: rather than drop it, the oldest leave early. */
  readonly #reserve: number;
  /** Per column: the last sequence number that was seen there, by which paths, and when and by which first. */
  readonly #seen = new Float64Array(COLUMNS).fill(NONE);
  readonly #by = new Uint8Array(COLUMNS);
  readonly #arrival = new Float64Array(COLUMNS);
  /** Per column: when the packet should have come to be where it is in the order. */
  readonly #aligned = new Float64Array(COLUMNS);
  readonly #path = new Uint8Array(COLUMNS);
  /** Per column: the payload that waits there, or NONE. */
  readonly #payload = new Int32Array(COLUMNS).fill(NONE);
  #next = 0;
  #highest = 0;
  #begin = 0;
  /** The smallest sequence number that waits; only while one does. */
  #first = 0;
  #held = 0;
  /** A batch was full. */
  #isBlocked = false;

  /** `slots` is a power of two. Throws the Fault `arena_exhausted`. */
  constructor(
    memory: Memory,
    slots: number,
    times: { hold: Microseconds; window: Microseconds },
    lags: PathLags,
    counters: HoldRingCounters,
  ) {
    this.#hold = times.hold;
    this.#window = times.window;
    this.#lags = lags;
    this.#counters = counters;
    this.#pool = new UnitPool(memory, slots);
    this.#reserve = slots / 4;
  }

  /** The newest sequence number. */
  get highest(): number {
    return this.#highest;
  }

  get held(): number {
    return this.#held;
  }

  get deadline(): Instant {
    if (this.#held === 0) {
      return NEVER;
    }
    return this.#isBlocked ? instant(0) : instant(this.#due(this.#first));
  }

  /** Begins with `sequence`; once, before anything else. */
  begin(sequence: number): void {
    this.#begin = sequence;
    this.#next = sequence;
    this.#highest = sequence - 1;
  }

  /** Whether that path brought that packet in time to be of use. */
  hasFrom(path: number, sequence: number): boolean {
    const by = this.#marks(sequence);
    return (by & TOO_LATE) === 0 && (by & (1 << path)) !== 0;
  }

  /** Begins a call of the machine: lets go of what is due, or early when too many wait. */
  turn(now: Instant, out: PacketBatch): void {
    this.#pool.turn();
    this.#isBlocked = false;
    while (this.#held > 0 && this.#pool.free < this.#reserve) {
      this.#counters.holesCutShort.add(1);
      if (!this.#leave(this.#first, out)) {
        return;
      }
    }
    this.release(now, out);
  }

  /** Takes one copy, not further than half of the columns from the newest. */
  place(path: number, sequence: number, copy: Copy, now: Instant, out: PacketBatch): number {
    const column = sequence & MASK;
    const bit = 1 << path;
    const marks = this.#marks(sequence);
    if ((marks & BOTH_PATHS) !== 0) {
      return this.#again(path, column, marks, now);
    }
    if (!this.#makeReach(sequence, out)) {
      return this.#overflow(copy);
    }
    this.#seen[column] = sequence;
    this.#by[column] = bit;
    this.#arrival[column] = now;
    this.#aligned[column] = now;
    this.#path[column] = path;
    if (sequence < this.#next && !this.#fillsHole(sequence)) {
      this.#by[column] = bit | TOO_LATE;
      return LATE;
    }
    this.#highest = Math.max(this.#highest, sequence);
    if (this.#hold === 0 && this.#window === 0) {
      this.#skipTo(sequence);
    }
    this.#alignWithNext(path, sequence);
    const goesNow = sequence <= this.#next && (this.#hold === 0 || this.#due(sequence) <= now);
    if (goesNow && this.#pass(copy, out)) {
      this.#next = Math.max(this.#next, sequence + 1);
      this.release(now, out);
      return FORWARDED;
    }
    return this.#wait(sequence, copy);
  }

  /** Copies a packet of which it is not yet known whether it belongs to the stream; -1 without room. */
  keep(offset: number, length: number): number {
    return this.#pool.hold(offset, length);
  }

  /** Forgets a packet that `keep` copied. */
  forget(payload: number): void {
    this.#pool.drop(payload);
  }

  /** Lets through what is due, as far as `out` has room. */
  release(now: Instant, out: PacketBatch): void {
    while (this.#held > 0 && !this.#isBlocked) {
      const isFree = this.#first === this.#next && this.#hold === 0;
      if (!isFree && this.#due(this.#first) > now) {
        return;
      }
      this.#leave(this.#first, out);
    }
  }

  close(): void {
    this.#pool.close();
  }

  #wait(sequence: number, copy: Copy): number {
    const column = sequence & MASK;
    const mayWait = sequence >= this.#next && this.#hold + this.#window > 0;
    const payload = !mayWait ? NONE : copy.payload >= 0 ? copy.payload : this.#pool.hold(copy.offset, copy.length);
    if (payload === NONE) {
      this.#seen[column] = NONE;
      return this.#overflow(copy);
    }
    this.#payload[column] = payload;
    this.#first = this.#held === 0 ? sequence : Math.min(this.#first, sequence);
    this.#held++;
    return FORWARDED;
  }

  #overflow({ payload }: Copy): number {
    if (payload >= 0) {
      this.#pool.drop(payload);
    }
    this.#counters.packetsOverflowed.add(1);
    return OVERFLOWED;
  }

  /** Lets go early of what is so far behind that its column would be needed; false when `out` has no room. */
  #makeReach(sequence: number, out: PacketBatch): boolean {
    while (this.#held > 0 && sequence - this.#first >= COLUMNS / 2) {
      this.#counters.holesCutShort.add(1);
      if (!this.#leave(this.#first, out)) {
        return false;
      }
    }
    return true;
  }

  #marks(sequence: number): number {
    const column = sequence & MASK;
    return this.#seen[column] === sequence ? (this.#by[column] ?? 0) : 0;
  }

  #again(path: number, column: number, marks: number, now: Instant): number {
    const bit = 1 << path;
    if ((marks & bit) !== 0) {
      return REPEATED;
    }
    this.#by[column] = marks | bit;
    this.#lags.pair(this.#path[column] ?? 0, now - (this.#arrival[column] ?? 0));
    return (marks & TOO_LATE) === 0 ? DUPLICATE : LATE;
  }

  /** When nothing waits, a packet that was missing still goes through. */
  #fillsHole(sequence: number): boolean {
    return this.#hold === 0 && this.#window === 0 && sequence >= this.#begin && sequence >= this.#next - NEAR;
  }

  /** When a packet leaves, or when the hole before it is given up. */
  #due(sequence: number): number {
    const column = sequence & MASK;
    const arrival = this.#aligned[column] ?? 0;
    if (this.#hold === 0) {
      return arrival + this.#window;
    }
    const lag = Math.min(this.#lags.of(this.#path[column] ?? 0), this.#hold * (1 - LEAST_HOLD));
    return arrival - lag + this.#hold;
  }

  /** A packet that came behind its successor leaves no later than that one would have. */
  #alignWithNext(path: number, sequence: number): void {
    const after = this.#held > 0 && sequence < this.#first ? this.#first : sequence + 1;
    const isComparable = this.#path[after & MASK] === path || (this.#lags.isKnown(0) && this.#lags.isKnown(1));
    if (!isComparable || !this.#isHeld(after)) {
      return;
    }
    const early = this.#due(sequence) - this.#due(after);
    if (early > 0) {
      this.#aligned[sequence & MASK] = (this.#aligned[sequence & MASK] ?? 0) - early;
    }
  }

  /** Moves on without waiting; a packet is lost when it has not come while `NEAR` others did. */
  #skipTo(sequence: number): void {
    let lost = 0;
    const end = Math.max(this.#next, sequence + 1) - NEAR;
    for (let n = Math.max(this.#begin, this.#next - NEAR); n < end; n++) {
      lost += this.#marks(n) === 0 ? 1 : 0;
    }
    if (lost > 0) {
      this.#counters.packetsLost.add(lost);
    }
    this.#next = Math.max(this.#next, sequence);
  }

  #pass({ offset, length, peer, payload }: Copy, out: PacketBatch): boolean {
    if (payload >= 0) {
      return this.#pool.emit(payload, out);
    }
    if (out.capacity - out.count < unitCount(length)) {
      return false;
    }
    for (let done = 0; done < length; done += UNIT_SIZE) {
      out.push(offset + done, Math.min(UNIT_SIZE, length - done), peer);
    }
    return true;
  }

  /** Lets the first packet that waits go, and gives up what is missing before it; false when `out` has no room. */
  #leave(sequence: number, out: PacketBatch): boolean {
    const column = sequence & MASK;
    if (!this.#pool.emit(this.#payload[column] ?? NONE, out)) {
      this.#isBlocked = true;
      return false;
    }
    this.#payload[column] = NONE;
    if (sequence > this.#next) {
      this.#counters.packetsLost.add(sequence - this.#next);
    }
    this.#next = sequence + 1;
    this.#held--;
    for (this.#first = this.#next; this.#held > 0 && !this.#isHeld(this.#first); this.#first++) {}
    return true;
  }

  #isHeld(sequence: number): boolean {
    return this.#payload[sequence & MASK] !== NONE && this.#seen[sequence & MASK] === sequence;
  }
}
