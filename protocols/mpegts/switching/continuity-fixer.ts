import type { Instant } from "@bilbycast/foundation/time";
import { difference, hasPcr, PCR_HZ, PCR_WRAP, readPcr } from "../media-time.ts";
import { discontinuityIndicator, NULL_PID, PACKET_SIZE, pid as pidOf, PID_COUNT, setDiscontinuityIndicator, SYNC_BYTE } from "../packet.ts";
import { PcrLog } from "./pcr-log.ts";
import { IS_TABLE, type PsiCache } from "./psi-cache.ts";
import { VersionShift, writeEndOfSections } from "./version-shift.ts";

/** Bits of the second and the fourth byte of a packet. ISO/IEC 13818-1 §2.4.3.2. */
const TRANSPORT_ERROR = 0x80;
const ADAPTATION_FIELD = 0x20;
const PAYLOAD = 0x10;

const UNSEEN = -1;
/** By what a counter is shifted is not chosen yet. */
const OPEN = -1;
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
  /** By what the counter of a PID is shifted; chosen with its first packet after counters were to follow anew. */
  readonly #shift = new Int8Array(PID_COUNT).fill(OPEN);
  /** 1 for a PID whose next PCR is the first after a switch. */
  readonly #isUnannounced = new Uint8Array(PID_COUNT);
  readonly #clockOf = new Int16Array(PID_COUNT).fill(UNSEEN);
  readonly #clockPcr = new Float64Array(MOST_CLOCKS);
  readonly #clockAt = new Float64Array(MOST_CLOCKS);
  #clocks = 0;

  /** Another source follows. */
  switch(): void {
    this.#isUnannounced.fill(1);
    this.#shift.fill(OPEN);
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
      this.#follow(target, packet, pidOf(target, packet), target[packet + 3] ?? 0);
    }
    for (const pid of unfinished) {
      if (packets.length === 0 || !covered.has(pid)) {
        writeEndOfSections(target, end, pid);
        this.#follow(target, end, pid, target[end + 3] ?? 0);
        end += PACKET_SIZE;
      }
    }
    // What was sent ahead has counters of its own: the source's begin anew behind them.
    this.#shift.fill(OPEN);
    return end - at;
  }

  /** Takes the unit in bytes [at, end), whole packets, number `packet` of the bus. `source` knows the tables of the input that it comes from. */
  rewrite(bytes: Uint8Array, at: number, end: number, source: PsiCache, packet: number, now: Instant): void {
    const { roles } = source;
    let hasBegun = false;
    for (let p = at; p + PACKET_SIZE <= end; p += PACKET_SIZE) {
      const second = bytes[p + 1] ?? 0;
      const pid = ((second & 0x1f) << 8) | (bytes[p + 2] ?? 0);
      if (bytes[p] !== SYNC_BYTE || pid === NULL_PID || (second & TRANSPORT_ERROR) !== 0) {
        continue;
      }
      if (((roles[pid] ?? 0) & IS_TABLE) !== 0 && !this.#versions.rewrite(bytes, p, pid)) {
        makeNull(bytes, p);
        continue;
      }
      const fourth = bytes[p + 3] ?? 0;
      if ((fourth & ADAPTATION_FIELD) !== 0 && hasPcr(bytes, p)) {
        this.#clock(bytes, p, pid, packet, now);
      }
      this.#follow(bytes, p, pid, fourth);
      hasBegun = true;
    }
    this.hasBegun ||= hasBegun;
  }

  /** The packet's counter follows the last one of its PID. `fourth`: the byte of the header that holds it. */
  #follow(bytes: Uint8Array, at: number, pid: number, fourth: number): void {
    const shift = this.#shift[pid] ?? 0;
    const shifted = (fourth + (shift === OPEN ? this.#chooseShift(pid, fourth) : shift)) & 0x0f;
    this.#last[pid] = shifted;
    if (shift !== 0) {
      bytes[at + 3] = (fourth & 0xf0) | shifted;
    }
  }

  /** Of the first packet of a PID since counters follow anew. */
  #chooseShift(pid: number, fourth: number): number {
    const last = this.#last[pid] ?? UNSEEN;
    const next = (fourth & PAYLOAD) === 0 ? last : last + 1;
    const shift = last === UNSEEN ? 0 : (next - fourth) & 0x0f;
    this.#shift[pid] = shift;
    return shift;
  }

  #clock(bytes: Uint8Array, at: number, pid: number, packet: number, now: Instant): void {
    const pcr = readPcr(bytes, at);
    const saysSo = discontinuityIndicator(bytes, at);
    let breaks = saysSo;
    if (this.#isUnannounced[pid] === 1) {
      this.#isUnannounced[pid] = 0;
      breaks = true;
    } else if (!saysSo && this.#jumps(pid, pcr, now)) {
      this.sourceDiscontinuities++;
      // Its counters may have begun anew as well; where they have not, the shift stays what it is.
      this.#shift.fill(OPEN);
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
