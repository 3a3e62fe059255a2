import { UNIT_SIZE, unitCount, UnitPool, type Memory, type PacketBatch, type Tally } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";

export type ReordererCounters = {
  readonly packetsLost: Tally;
  readonly packetsLate: Tally;
  readonly packetsDuplicated: Tally;
  readonly packetsReordered: Tally;
  readonly packetsOverflowed: Tally;
  readonly holesCutShort: Tally;
};

/** Nearest that a packet may lie before or behind the expected one and still belong to the same stretch of the stream. */
const LEAST_REACH = 512;
const NONE = -1;

/**
 * Puts payloads back in order by endless sequence number, waiting for a missing one at most `window` microseconds
 * from the arrival of the first packet behind it.
 *
 * A packet in its place goes through where it lies. One that came early is copied to the pool, and its column in the table
 * (sequence & mask) says where. The table also remembers what went through, which tells a duplicate from a late packet.
 * With a window of 0 nothing waits: packets go through as they come, late ones too, and only duplicates are dropped.
 */
export class Reorderer {
  readonly #reach: number;
  readonly #window: Microseconds;
  readonly #counters: ReordererCounters;
  readonly #pool: UnitPool;
  readonly #mask: number;
  /** Per column: the last sequence number that was seen there. */
  readonly #seen: Float64Array;
  /** Per column: the payload that waits there, or NONE when it went through. */
  readonly #payload: Int32Array;
  readonly #arrival: Float64Array;
  /** Sequence numbers of waiting packets as they came: the oldest that still waits has the deadline. */
  readonly #order: Float64Array;
  #oldest = 0;
  #newest = 0;
  #held = 0;
  #next = 0;
  #highest = -1;
  /** Where the present source begins, after a restart: what still waits below it leaves as soon as a batch has room. */
  #floor = 0;

  constructor(memory: Memory, slots: number, window: Microseconds, counters: ReordererCounters) {
    this.#reach = Math.max(LEAST_REACH, slots);
    this.#window = window;
    this.#counters = counters;
    this.#pool = new UnitPool(memory, slots);
    const columns = this.#reach * 2;
    this.#mask = columns - 1;
    this.#seen = new Float64Array(columns).fill(NONE);
    this.#payload = new Int32Array(columns).fill(NONE);
    this.#arrival = new Float64Array(columns);
    this.#order = new Float64Array(columns);
  }

  /** The sequence number that goes through next. */
  get next(): number {
    return this.#next;
  }

  /** Packets that wait. */
  get held(): number {
    return this.#held;
  }

  /** When a missing packet is given up; at once while packets wait only because a batch was full. */
  get deadline(): Instant {
    if (this.#held === 0) {
      return NEVER;
    }
    return this.#isHeld(this.#next) ? instant(0) : after(this.#arrivalOfOldest(), this.#window);
  }

  /** Whether a sequence number is near enough to be of this stream. `place` takes no other. */
  reaches(sequence: number): boolean {
    const ahead = sequence - this.#next;
    return ahead > -this.#reach && ahead < (this.#next < this.#floor ? this.#mask : this.#reach);
  }

  /** Begins with `sequence`; once, before anything else. */
  begin(sequence: number): void {
    this.#next = sequence;
    this.#highest = sequence - 1;
  }

  /** The stream ends and another follows; returns the sequence number that the other begins with. All holes are given up. */
  restart(out: PacketBatch): number {
    this.#floor = this.#highest + 1;
    this.#giveUpTo(this.#floor, out);
    return this.#floor;
  }

  /** Begins a call of the machine: lets through what found no room in the last batch. */
  turn(out: PacketBatch): void {
    this.#pool.turn();
    this.#giveUpTo(this.#floor, out);
    this.#release(out);
  }

  /** Takes one packet where it lies. */
  place(sequence: number, offset: number, length: number, peer: number, now: Instant, out: PacketBatch): void {
    const column = sequence & this.#mask;
    if (sequence >= this.#floor) {
      if (this.#seen[column] === sequence) {
        this.#counters.packetsDuplicated.add(1);
        return;
      }
      this.#seen[column] = sequence;
    }
    if (sequence < this.#next || sequence < this.#floor) {
      this.#counters.packetsLate.add(1);
      if (this.#window === 0) {
        this.#pass(sequence, offset, length, peer, out);
      }
      return;
    }
    this.#noteOrder(sequence);
    if (this.#window === 0) {
      this.#skipTo(sequence);
    }
    if (sequence === this.#next && this.#pass(sequence, offset, length, peer, out)) {
      this.#release(out);
      return;
    }
    if (this.#window > 0) {
      this.#wait(sequence, offset, length, peer, now, out);
    }
  }

  /** Takes one packet that `hold` copied before. */
  adopt(sequence: number, payload: number, now: Instant, out: PacketBatch): void {
    const column = sequence & this.#mask;
    this.#seen[column] = sequence;
    this.#noteOrder(sequence);
    if (this.#window === 0) {
      this.#skipTo(Math.max(sequence, this.#next));
      this.#next = Math.max(sequence + 1, this.#next);
      if (!this.#pool.emit(payload, out)) {
        this.#pool.drop(payload);
        this.#counters.packetsOverflowed.add(1);
      }
      return;
    }
    this.#keep(sequence, payload, now);
    this.#release(out);
  }

  /** Copies a packet of which it is not yet known whether it belongs to the stream; -1 without room. */
  hold(offset: number, length: number): number {
    return this.#pool.hold(offset, length);
  }

  /** Forgets a packet that `hold` copied; the caller counts it. */
  forget(payload: number): void {
    this.#pool.drop(payload);
  }

  /** Gives up what is due and lets through what waited behind it. */
  expire(now: Instant, out: PacketBatch): void {
    while (this.#held > 0 && !this.#isHeld(this.#next)) {
      if (after(this.#arrivalOfOldest(), this.#window) > now) {
        return;
      }
      this.#giveUpTo(this.#order[this.#oldest & this.#mask] ?? 0, out);
      this.#release(out);
    }
  }

  close(): void {
    this.#pool.close();
  }

  #noteOrder(sequence: number): void {
    if (sequence < this.#highest) {
      this.#counters.packetsReordered.add(1);
    } else {
      this.#highest = sequence;
    }
  }

  /** Counts the hole between here and `sequence`, when nothing waits. */
  #skipTo(sequence: number): void {
    if (sequence > this.#next) {
      this.#counters.packetsLost.add(sequence - this.#next);
      this.#next = sequence;
    }
  }

  /**
   * Lets a packet through in place. Without room in `out` it is false where the packet can still wait;
   * with a window of 0 it is dropped and counted instead.
   */
  #pass(sequence: number, offset: number, length: number, peer: number, out: PacketBatch): boolean {
    if (out.capacity - out.count < unitCount(length)) {
      if (this.#window > 0) {
        return false;
      }
      this.#counters.packetsOverflowed.add(1);
    } else {
      for (let done = 0; done < length; done += UNIT_SIZE) {
        out.push(offset + done, Math.min(UNIT_SIZE, length - done), peer);
      }
    }
    this.#next = Math.max(this.#next, sequence + 1);
    return true;
  }

  /** Copies a packet that must wait. Without room the holes before it end early, so that it need not wait any more. */
  #wait(sequence: number, offset: number, length: number, peer: number, now: Instant, out: PacketBatch): void {
    const payload = this.#newest - this.#oldest > this.#mask ? NONE : this.#pool.hold(offset, length);
    if (payload !== NONE) {
      this.#keep(sequence, payload, now);
      return;
    }
    this.#counters.holesCutShort.add(1);
    this.#giveUpTo(sequence, out);
    if (this.#next === sequence && this.#pass(sequence, offset, length, peer, out)) {
      this.#release(out);
      return;
    }
    this.#seen[sequence & this.#mask] = NONE;
    this.#counters.packetsOverflowed.add(1);
  }

  #keep(sequence: number, payload: number, now: Instant): void {
    const column = sequence & this.#mask;
    if (this.#held === 0) {
      this.#oldest = this.#newest;
    }
    this.#payload[column] = payload;
    this.#arrival[column] = now;
    this.#order[this.#newest++ & this.#mask] = sequence;
    this.#held++;
  }

  /** Lets through the waiting packets that follow one another from `next`, as far as `out` has room. */
  #release(out: PacketBatch): void {
    while (this.#held > 0 && this.#isHeld(this.#next)) {
      if (!this.#pool.emit(this.#payload[this.#next & this.#mask] ?? NONE, out)) {
        return;
      }
      this.#takeOut(this.#next);
      this.#next++;
    }
  }

  /** Lets through what waits before `sequence` and counts the holes in between; stops where `out` is full. */
  #giveUpTo(sequence: number, out: PacketBatch): void {
    let lost = 0;
    for (; this.#next < sequence; this.#next++) {
      if (!this.#isHeld(this.#next)) {
        lost++;
      } else if (this.#pool.emit(this.#payload[this.#next & this.#mask] ?? NONE, out)) {
        this.#takeOut(this.#next);
      } else {
        break;
      }
    }
    this.#counters.packetsLost.add(lost);
  }

  #takeOut(sequence: number): number {
    const column = sequence & this.#mask;
    const payload = this.#payload[column] ?? NONE;
    this.#payload[column] = NONE;
    this.#held--;
    return payload;
  }

  #isHeld(sequence: number): boolean {
    const column = sequence & this.#mask;
    return this.#payload[column] !== NONE && this.#seen[column] === sequence;
  }

  /** When the packet came that has waited longest. Only asked while one waits. */
  #arrivalOfOldest(): Instant {
    while (!this.#isHeld(this.#order[this.#oldest & this.#mask] ?? 0)) {
      this.#oldest++;
    }
    return instant(this.#arrival[(this.#order[this.#oldest & this.#mask] ?? 0) & this.#mask] ?? 0);
  }
}
