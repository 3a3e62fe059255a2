import { check } from "@bilbycast/foundation/check";
import { unitCount, type Memory, type PacketBatch, type Tally } from "@bilbycast/foundation/packets";
import { milliseconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { PROBATION } from "./candidate.ts";
import { COLUMNS, DUPLICATE, FORWARDED, HoldRing, LATE, NEAR, REPEATED, type HoldRingCounters } from "./hold-ring.ts";
import { PathLags } from "./path-lags.ts";
import { PathState, SILENCE, type PathCounters } from "./path-state.ts";
import { distance, firstEndless } from "./sequence.ts";

export type SeamlessCounters = HoldRingCounters & {
  /** Came after they were given up. */
  readonly packetsLate: Tally;
  /** Came a second time by the same path. */
  readonly packetsDuplicated: Tally;
  readonly packetsReordered: Tally;
  /** Of another stream than the one that is received. */
  readonly packetsFiltered: Tally;
  readonly sourceResets: Tally;
  /** Lost on one path and there by the other. */
  readonly packetsRecovered: Tally;
  /** Another path leads than before. */
  readonly redundancySwitches: Tally;
  /** How much later the second path comes than the first. */
  readonly pathSkewUs: Tally;
};

export type SeamlessTimes = {
  /** Longest difference of the paths that is made up for; 0: packets pass as they come first. */
  differential: Microseconds;
  /** Where there is no differential: how long a missing packet is waited for. */
  window: Microseconds;
  /** Pure delay on top. */
  delay: Microseconds;
};

/** Rows that `out` must have at least: the units of the longest datagram there is. */
const LEAST_ROWS = unitCount(65_507);

/** Slots for a hold: what comes within it and within as much skew again at 150 Mbit/s in 7-packet datagrams; at most 22 MB. */
const MICROSECONDS_PER_SLOT = 50;
const LEAST_SLOTS = 512;
const MOST_SLOTS = 16_384;

/** A packet so far from the newest one is of another stretch. */
const REACH = COLUMNS / 2;
/** A packet so far behind the newest of its own path is not late: the sender jumped back. */
const MISORDER = 512;
/** Beyond the time in which one path may bring what the other brought, so long may it be silent before it no longer counts. */
const SLACK = milliseconds(50);
/** So many packets that one path alone has brought make it the leading one. */
const RUN = 64;

/**
 * Makes one stream of two that carry the same RTP packets over different paths (SMPTE ST 2022-7): each packet once and in order,
 * from whichever path brings it first; lost is only what neither brings. The paths have one SSRC and the same sequence numbers.
 *
 * A path that carries something else, another SSRC or numbers out of reach, is not listened to as long as the other one goes on with the stream.
 * When both say the same, or there is no other, the stream is what they carry now: the sender was restarted.
 */
export class SeamlessMerge {
  readonly #counters: SeamlessCounters;
  readonly #paths: readonly [PathState, PathState];
  readonly #lags = new PathLags();
  readonly #ring: HoldRing;
  readonly #hold: Microseconds;
  /** Time in which one path may bring what the other brought. */
  readonly #patience: Microseconds;
  readonly #copy = { offset: 0, length: 0, peer: 0, payload: -1 };
  #ssrc = 0;
  /** From the sender's sequence numbers to the endless ones, which go on over a restart. */
  #shift = 0;
  #started = false;
  #leading = 0;
  #centeredAt: Instant | undefined;
  #users = 2;

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, times: SeamlessTimes, counters: SeamlessCounters, paths: readonly [PathCounters, PathCounters]) {
    this.#counters = counters;
    this.#hold = times.differential + times.delay;
    this.#patience = Math.max(this.#hold, times.window) + SLACK;
    const slots = slotsFor(this.#hold > 0 ? this.#hold + times.differential : times.window);
    this.#ring = new HoldRing(memory, slots, { hold: this.#hold, window: times.window }, this.#lags, counters);
    this.#paths = [new PathState(paths[0]), new PathState(paths[1])];
  }

  /** When a packet leaves, a hole is given up or a path is down. */
  get deadline(): Instant {
    const [first, second] = this.#paths;
    return Math.min(this.#ring.deadline, first.deadline, second.deadline) as Instant;
  }

  /** Packets that wait, those of which it is not known whether they belong to the stream included. */
  get waiting(): number {
    return this.#ring.held + this.#paths[0].candidate.count + this.#paths[1].candidate.count;
  }

  isUp(path: 0 | 1): boolean {
    return this.#paths[path].isUp;
  }

  /** Begins a call: lets out what is due. Rows that an earlier call put out are no longer read. */
  turn(now: Instant, out: PacketBatch): void {
    check(out.capacity >= LEAST_ROWS, "a batch for RTP payloads takes the longest datagram");
    const [first, second] = this.#paths;
    first.expire(now);
    second.expire(now);
    this.#center(now, first.isUp && second.isUp);
    this.#ring.turn(now, out);
  }

  /**
   * Takes one RTP packet of a path. `size`: of the whole packet; `offset`, `length`: its payload in the lane's memory;
   * `peer`: where its sender's address is.
   */
  take(
    path: 0 | 1,
    ssrc: number,
    number: number,
    size: number,
    offset: number,
    length: number,
    peer: number,
    now: Instant,
    out: PacketBatch,
  ): void {
    const state = this.#paths[path];
    state.received++;
    state.bytes += size;
    if (!this.#started) {
      this.#started = true;
      this.#ssrc = ssrc;
      this.#leading = path;
      this.#ring.begin(firstEndless(number));
    }
    const sequence = this.#endless(number);
    if (ssrc !== this.#ssrc || !this.#belongs(path, sequence)) {
      this.#suspect(path, ssrc, number, offset, length, now, out);
      return;
    }
    this.#dropCandidate(state);
    const copy = this.#copy;
    copy.offset = offset;
    copy.length = length;
    copy.peer = peer;
    copy.payload = -1;
    this.#place(path, sequence, now, out);
  }

  /** Ends a call: what was counted is handed on. */
  settle(): void {
    this.#paths[0].settle();
    this.#paths[1].settle();
    this.#counters.pathSkewUs.set(Math.round(this.#lags.skew));
  }

  /** Each path closes it once. */
  close(): void {
    this.#users--;
    if (this.#users === 0) {
      this.#ring.close();
    }
  }

  #endless(number: number): number {
    const { highest } = this.#ring;
    return highest + distance(highest, number + this.#shift);
  }

  /** Whether a sequence number of the right source continues the stretch that its path is in. */
  #belongs(path: 0 | 1, sequence: number): boolean {
    const { highest } = this.#ring;
    if (Math.abs(sequence - highest) >= REACH) {
      return false;
    }
    const own = this.#paths[path];
    const other = this.#paths[1 - path] as PathState;
    // Without a past of its own a path may lag as far as it likes behind the other one, but not behind itself.
    const newest = own.highest >= 0 ? own.highest : other.isUp ? -1 : highest;
    return sequence > newest - MISORDER;
  }

  #place(path: 0 | 1, sequence: number, now: Instant, out: PacketBatch): void {
    const state = this.#paths[path];
    this.#lags.begin(path);
    state.heard(now);
    const outcome = this.#ring.place(path, sequence, this.#copy, now, out);
    if (outcome === FORWARDED) {
      state.forwarded++;
      this.#lead(path, state);
    } else if (outcome === DUPLICATE) {
      state.duplicate++;
      // The other path does not carry the stream alone.
      (this.#paths[1 - path] as PathState).run = 0;
    } else if (outcome === REPEATED) {
      this.#counters.packetsDuplicated.add(1);
    } else if (outcome === LATE) {
      this.#counters.packetsLate.add(1);
    }
    this.#follow(path, state, sequence);
  }

  /** Counts what a path lost once it is behind by more than it may be reordered by. */
  #follow(path: 0 | 1, state: PathState, sequence: number): void {
    const former = state.highest;
    if (former < 0) {
      state.highest = sequence;
      state.begin = sequence;
      return;
    }
    if (sequence <= former) {
      if (sequence < former) {
        this.#counters.packetsReordered.add(1);
      }
      return;
    }
    state.highest = sequence;
    const other = 1 - path;
    for (let n = Math.max(state.begin, former - NEAR + 1); n <= sequence - NEAR; n++) {
      if (!this.#ring.hasFrom(path, n)) {
        state.counters.packetsLost.add(1);
        this.#counters.packetsRecovered.add(this.#ring.hasFrom(other, n) ? 1 : 0);
      }
    }
  }

  #lead(path: 0 | 1, state: PathState): void {
    const other = this.#paths[1 - path] as PathState;
    other.run = 0;
    state.run++;
    if (path !== this.#leading && (state.run >= RUN || !other.isUp)) {
      this.#leading = path;
      this.#counters.redundancySwitches.add(1);
    }
  }

  #center(now: Instant, areBothUp: boolean): void {
    if (areBothUp && this.#centeredAt !== undefined) {
      this.#lags.center(now - this.#centeredAt, this.#hold);
    }
    this.#centeredAt = now;
  }

  /** A packet that does not fit the stream: perhaps a stray, perhaps the first of a new one. */
  #suspect(path: 0 | 1, ssrc: number, number: number, offset: number, length: number, now: Instant, out: PacketBatch): void {
    const state = this.#paths[path];
    const { candidate } = state;
    if (!candidate.fits(ssrc, number)) {
      this.#dropCandidate(state);
    } else if (candidate.has(number)) {
      this.#counters.packetsDuplicated.add(1);
      return;
    }
    const payload = this.#ring.keep(offset, length);
    if (payload < 0) {
      this.#counters.packetsFiltered.add(1);
      return;
    }
    candidate.add(ssrc, number, payload);
    if (candidate.count < PROBATION) {
      return;
    }
    if (this.#mayRestart(path, ssrc, number, now)) {
      this.#restart(path, now, out);
    } else {
      this.#forget(state);
      candidate.refuse(now);
    }
  }

  /** Whether the stream is now what this path carries: nothing else is heard, or the other path says the same. */
  #mayRestart(path: 0 | 1, ssrc: number, number: number, now: Instant): boolean {
    const other = this.#paths[1 - path] as PathState;
    const isAlone = now - other.heardAt > this.#patience;
    return isAlone || other.candidate.wasRefused(ssrc, number, now - this.#patience - SILENCE, REACH);
  }

  /** What waits leaves in its time; the candidate's packets come behind it. */
  #restart(path: 0 | 1, now: Instant, out: PacketBatch): void {
    const state = this.#paths[path];
    const { candidate } = state;
    const first = candidate.lowest();
    this.#counters.sourceResets.add(1);
    this.#ssrc = candidate.ssrc;
    this.#shift = distance(first, this.#ring.highest + 1);
    for (const each of this.#paths) {
      each.highest = -1;
    }
    // In order, so that a path that holds nothing back does not skip any.
    for (let i = 0; i < PROBATION; i++) {
      for (let k = 0; k < PROBATION; k++) {
        if (this.#rank(state, k) === i) {
          this.#copy.payload = candidate.payload(k);
          this.#place(path, this.#endless(candidate.sequence(k)), now, out);
        }
      }
    }
    candidate.clear();
  }

  /** How many packets of the candidate come before its `k`th. */
  #rank({ candidate }: PathState, k: number): number {
    let before = 0;
    for (let i = 0; i < PROBATION; i++) {
      before += distance(candidate.sequence(i), candidate.sequence(k)) > 0 ? 1 : 0;
    }
    return before;
  }

  #dropCandidate(state: PathState): void {
    if (state.candidate.count > 0) {
      this.#forget(state);
      state.candidate.clear();
    }
  }

  #forget({ candidate }: PathState): void {
    for (let i = 0; i < candidate.count; i++) {
      this.#ring.forget(candidate.payload(i));
    }
    this.#counters.packetsFiltered.add(candidate.count);
  }
}

const slotsFor = (time: Microseconds): number => {
  const wanted = Math.min(MOST_SLOTS, Math.max(LEAST_SLOTS, time / MICROSECONDS_PER_SLOT));
  return 2 ** Math.ceil(Math.log2(wanted));
};
