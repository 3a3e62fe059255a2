import type { Instant } from "@bilbycast/foundation/time";
import { difference, hasPcr, PCR_HZ, PCR_WRAP, readPcr } from "../media-time.ts";
import {
  continuityCounter,
  discontinuityIndicator,
  hasAdaptationField,
  hasPayload,
  NULL_PID,
  PACKET_SIZE,
  pid as pidOf,
  PID_COUNT,
  setContinuityCounter,
  setDiscontinuityIndicator,
  SYNC_BYTE,
  transportError,
} from "../packet.ts";
import { PcrLog } from "./pcr-log.ts";
import { IS_TABLE, type PsiCache } from "./psi-cache.ts";
import { VersionShift, writeEndOfSections } from "./version-shift.ts";

const UNSEEN = -1;
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;
/** A clock may step back by that much where packets of a network overtake each other. */
const STEP_BACK = 100_000;
/** And ahead of the time that has passed. */
const STEP_AHEAD = 500_000;
/** Clocks that are followed. */
const MOST_CLOCKS = 256;

/**
 * Makes one stream out of several that follow each other on a flow's bus. Works in place, on the bus's own copy of each unit:
 *
 *     before the first switch       nothing is written; counters, versions and clocks are only noted
 *     at a switch                   the new source's PAT and maps go first (`announce`)
 *     from then on, on each PID     continuity counters are shifted so that the first packet follows the last one of the old source
 *     on each clock                 the first PCR has the discontinuity indicator
 *     in each table                 the version is one higher than the last one (`VersionShift`)
 *
 * Counters are shifted, not counted anew: what the source lost stays a visible loss, and its duplicates stay duplicates.
 * A clock of the source that jumps begins a new stretch too, without new tables: a file that starts over, an encoder that was restarted.
 */
export class ContinuityFixer {
  /** Times that a clock of the source jumped without saying so. */
  sourceDiscontinuities = 0;
  /** A packet that is no stuffing has passed. */
  hasBegun = false;
  readonly pcrLog = new PcrLog();
  readonly #versions = new VersionShift();
  /** Continuity counter that went out last. */
  readonly #last = new Int8Array(PID_COUNT).fill(UNSEEN);
  /** By what the counter of a PID is shifted in the stretch for which it was chosen. */
  readonly #shift = new Uint8Array(PID_COUNT);
  readonly #shiftedIn = new Uint32Array(PID_COUNT);
  /** The switch after which the PID's first PCR had its indicator. */
  readonly #announcedIn = new Uint32Array(PID_COUNT);
  readonly #clockOf = new Int16Array(PID_COUNT).fill(UNSEEN);
  readonly #clockPcr = new Float64Array(MOST_CLOCKS);
  readonly #clockAt = new Float64Array(MOST_CLOCKS);
  #clocks = 0;
  /** Counts up whenever counters are to follow anew. */
  #stretch = 0;
  #switches = 0;

  /** Another source follows. */
  switch(): void {
    this.#switches++;
    this.#stretch++;
    this.#versions.switch();
  }

  /**
   * Packets of the new source's tables as receivers are to get them, right behind `switch` and before anything of it: copied into
   * `target` at `at`, and rewritten there. Returns their bytes, at most `room`.
   */
  announce(source: PsiCache, target: Uint8Array, at: number, room: number): number {
    const unfinished = this.#versions.unfinished();
    const packets = source.packets(Math.floor(room / PACKET_SIZE) - unfinished.length);
    target.set(packets, at);
    const covered = source.pids();
    let end = at + packets.length;
    for (let packet = at; packet < end; packet += PACKET_SIZE) {
      this.#versions.inject(target, packet, pidOf(target, packet));
      this.#follow(target, packet, pidOf(target, packet));
    }
    for (const pid of unfinished) {
      if (packets.length === 0 || !covered.has(pid)) {
        writeEndOfSections(target, end, pid);
        this.#follow(target, end, pid);
        end += PACKET_SIZE;
      }
    }
    // What was sent ahead has counters of its own: the source's begin anew behind them.
    this.#stretch++;
    return end - at;
  }

  /** Takes the unit in bytes [at, end), whole packets, number `packet` of the bus. `source` knows the tables of the input that it comes from. */
  rewrite(bytes: Uint8Array, at: number, end: number, source: PsiCache, packet: number, now: Instant): void {
    const { roles } = source;
    for (let p = at; p + PACKET_SIZE <= end; p += PACKET_SIZE) {
      const pid = pidOf(bytes, p);
      if (bytes[p] !== SYNC_BYTE || pid === NULL_PID || transportError(bytes, p)) {
        continue;
      }
      if (((roles[pid] ?? 0) & IS_TABLE) !== 0 && !this.#versions.rewrite(bytes, p, pid)) {
        makeNull(bytes, p);
        continue;
      }
      if (hasAdaptationField(bytes, p) && hasPcr(bytes, p)) {
        this.#clock(bytes, p, pid, packet, now);
      }
      this.#follow(bytes, p, pid);
      this.hasBegun = true;
    }
  }

  /** The packet's counter follows the last one of its PID. */
  #follow(bytes: Uint8Array, at: number, pid: number): void {
    const counter = continuityCounter(bytes, at);
    if (this.#shiftedIn[pid] !== this.#stretch) {
      this.#shiftedIn[pid] = this.#stretch;
      const last = this.#last[pid] ?? UNSEEN;
      const next = hasPayload(bytes, at) ? last + 1 : last;
      this.#shift[pid] = last === UNSEEN ? 0 : (next - counter) & 0x0f;
    }
    const shift = this.#shift[pid] ?? 0;
    if (shift === 0) {
      this.#last[pid] = counter;
    } else {
      setContinuityCounter(bytes, at, counter + shift);
      this.#last[pid] = (counter + shift) & 0x0f;
    }
  }

  #clock(bytes: Uint8Array, at: number, pid: number, packet: number, now: Instant): void {
    const pcr = readPcr(bytes, at);
    const saysSo = discontinuityIndicator(bytes, at);
    let breaks = saysSo;
    if (this.#announcedIn[pid] !== this.#switches) {
      this.#announcedIn[pid] = this.#switches;
      breaks = true;
    } else if (!saysSo && this.#jumps(pid, pcr, now)) {
      this.sourceDiscontinuities++;
      // Its counters may have begun anew as well; where they have not, the shift stays what it is.
      this.#stretch++;
      breaks = true;
    }
    if (breaks) {
      setDiscontinuityIndicator(bytes, at);
    }
    const place = this.#place(pid);
    if (place !== UNSEEN) {
      this.#clockPcr[place] = pcr;
      this.#clockAt[place] = now;
    }
    this.pcrLog.add(packet, pid, pcr, breaks);
  }

  /** The clock is not where it should be by the time that has passed. */
  #jumps(pid: number, pcr: number, now: Instant): boolean {
    const place = this.#clockOf[pid] ?? UNSEEN;
    if (place === UNSEEN) {
      return false;
    }
    const step = difference(pcr, this.#clockPcr[place] ?? 0, PCR_WRAP) / TICKS_PER_MICROSECOND;
    const passed = now - (this.#clockAt[place] ?? now);
    return step < -STEP_BACK || step > passed + STEP_AHEAD;
  }

  #place(pid: number): number {
    const known = this.#clockOf[pid] ?? UNSEEN;
    if (known !== UNSEEN || this.#clocks === MOST_CLOCKS) {
      return known;
    }
    this.#clockOf[pid] = this.#clocks;
    return this.#clocks++;
  }
}

/** Takes a packet out without moving those behind it. */
const makeNull = (bytes: Uint8Array, at: number): void => {
  bytes[at + 1] = NULL_PID >> 8;
  bytes[at + 2] = NULL_PID & 0xff;
  bytes[at + 3] = 0x10;
};
