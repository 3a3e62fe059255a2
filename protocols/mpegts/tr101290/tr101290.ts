import { milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { PsiCatalogue } from "../catalogue/psi-catalogue.ts";
import { hasPcr, ptsOffset, readPcr } from "../media-time.ts";
import {
  discontinuityIndicator,
  isScrambled,
  NULL_PID,
  PACKET_SIZE,
  pid as pidOf,
  PID_COUNT,
  SYNC_BYTE,
  transportError,
} from "../packet.ts";
import { CAT_PID, CAT_TABLE, PAT_PID, PAT_TABLE, PMT_TABLE } from "../psi/program-tables.ts";
import { CHECK_NAMES, type Check } from "./checks.ts";
import { ContinuityCheck } from "./continuity.ts";
import { PcrCheck } from "./pcr-check.ts";
import { SectionCheck } from "./section-check.ts";

/** TR 101 290 tables 5.0a and 5.0b: the longest pauses. */
const TABLE_EVERY = milliseconds(500);
const PID_EVERY = seconds(5);
const PTS_EVERY = milliseconds(700);
const UNREFERENCED_AFTER = milliseconds(500);
/** A receiver cannot tell a PCR from the jitter of its network: only gross errors are called so. */
const PCR_TOLERANCE = milliseconds(100);

const UNSEEN = -1;

/** PIDs below are reserved for tables. EN 300 468 table 1, ISO/IEC 13818-1 table 2-3. */
const FIRST_FREE_PID = 0x20;

/** Set for a PID that a table names, that carries maps, whose PES packets have time stamps. */
const REFERENCED = 1;
const HAS_MAPS = 2;
const HAS_PTS = 4;

/** Stream types of pictures and sound in PES packets. ISO/IEC 13818-1 table 2-34, ETSI TS 101 154. */
const STREAM_TYPES_WITH_PTS = new Set([0x01, 0x02, 0x03, 0x04, 0x0f, 0x10, 0x11, 0x1b, 0x1c, 0x24, 0x2d, 0x33, 0x81, 0x87]);

const INDEX = Object.fromEntries(CHECK_NAMES.map((name, i) => [name, i])) as Record<Check, number>;

/**
 * Checks a transport stream packet by packet: counts every error, now and since the beginning, and keeps the first bad packet of each
 * kind. What is absent is found by `expire`, to be called at least every 100 ms; each pause counts once for every time it is too long.
 */
export class Tr101290 {
  readonly catalogue: PsiCatalogue;
  /** Packets that were looked at. */
  packets = 0;
  readonly #counts = new Float64Array(CHECK_NAMES.length);
  readonly #windowCounts = new Float64Array(CHECK_NAMES.length);
  readonly #evidence = new Uint8Array(CHECK_NAMES.length * PACKET_SIZE);
  readonly #evidenceAt = new Float64Array(CHECK_NAMES.length).fill(UNSEEN);
  readonly #continuity = new ContinuityCheck();
  readonly #pcr = new PcrCheck(PCR_TOLERANCE);
  readonly #sections = new SectionCheck((check) => this.#failed(check, this.#now));
  /** What the tables say of each PID. */
  readonly #roles = new Uint8Array(PID_COUNT);
  /** When a PID came last, or when its absence was counted last. */
  readonly #lastSeen = new Float64Array(PID_COUNT).fill(UNSEEN);
  readonly #lastPts = new Float64Array(PID_COUNT).fill(UNSEEN);
  /** Since when a PID that nobody names is there. */
  readonly #strangerSince = new Float64Array(PID_COUNT).fill(UNSEEN);
  readonly #lastMap = new Map<number, number>();
  #lastAssociation = UNSEEN;
  #hasCat = false;
  #revision = 0;
  #startedAt = UNSEEN;
  #now: Instant = 0 as Instant;
  #bytes: Uint8Array = new Uint8Array(PACKET_SIZE);
  #at = 0;

  constructor() {
    this.catalogue = new PsiCatalogue((pid, section, isRight) => this.#takeSection(pid, section, isRight));
  }

  /** Errors of a kind since the beginning. */
  count(check: Check): number {
    return this.#counts[INDEX[check]] ?? 0;
  }

  /** Errors of a kind since `closeWindow`. */
  windowCount(check: Check): number {
    return this.#windowCounts[INDEX[check]] ?? 0;
  }

  closeWindow(): void {
    this.#windowCounts.fill(0);
  }

  /** The first packet that failed a check, and when it came; `undefined` when none did. Of a pause there is no packet. A copy. */
  evidence(check: Check): { packet: Uint8Array; at: Instant } | undefined {
    const i = INDEX[check];
    const at = this.#evidenceAt[i] ?? UNSEEN;
    return at === UNSEEN ? undefined : { packet: this.#evidence.slice(i * PACKET_SIZE, (i + 1) * PACKET_SIZE), at: at as Instant };
  }

  /** The receiver lost the packet grid. */
  syncLost(): void {
    this.#error("syncLoss");
  }

  /** Looks at the packet at `at`. Nothing is allocated, but where a table says something new. */
  push(bytes: Uint8Array, at: number, now: Instant): void {
    this.packets++;
    this.#bytes = bytes;
    this.#at = at;
    this.#now = now;
    this.#startedAt = this.#startedAt === UNSEEN ? now : this.#startedAt;
    if (bytes[at] !== SYNC_BYTE) {
      this.#failed("syncByte", now);
      return;
    }
    if (transportError(bytes, at)) {
      this.#failed("transport", now);
      return;
    }
    const pid = pidOf(bytes, at);
    if (!this.#continuity.follows(bytes, at, pid)) {
      this.#failed("continuityCounter", now);
    }
    if (pid === NULL_PID) {
      return;
    }
    const role = this.#roles[pid] ?? 0;
    this.#lastSeen[pid] = now;
    if (role === 0 && this.#strangerSince[pid] === UNSEEN) {
      this.#strangerSince[pid] = now;
    }
    if (isScrambled(bytes, at)) {
      this.#lookAtScrambled(pid, role, now);
    }
    if (hasPcr(bytes, at)) {
      this.#lookAtPcr(pid, now);
    }
    if ((role & HAS_PTS) !== 0 && ptsOffset(bytes, at) > 0) {
      this.#lastPts[pid] = now;
    }
    this.catalogue.push(bytes, at, now);
    if (this.catalogue.revision !== this.#revision) {
      this.#readRoles(now);
    }
  }

  /** Looks for what has not come. */
  expire(now: Instant): void {
    if (this.#startedAt === UNSEEN) {
      return;
    }
    this.#lastAssociation = this.#paused("pat", this.#lastAssociation, TABLE_EVERY, now);
    for (const [programNumber, last] of this.#lastMap) {
      this.#lastMap.set(programNumber, this.#paused("pmt", last, TABLE_EVERY, now));
    }
    this.#sections.expire(now);
    for (let pid = 0; pid < PID_COUNT; pid++) {
      const role = this.#roles[pid] ?? 0;
      if ((role & REFERENCED) !== 0) {
        this.#lastSeen[pid] = this.#paused("pid", this.#lastSeen[pid] ?? UNSEEN, PID_EVERY, now);
      }
      if ((role & HAS_PTS) !== 0 && this.#lastPts[pid] !== UNSEEN) {
        this.#lastPts[pid] = this.#paused("pts", this.#lastPts[pid] ?? UNSEEN, PTS_EVERY, now);
      }
      if (role === 0 && pid >= FIRST_FREE_PID && this.#strangerSince[pid] !== UNSEEN) {
        this.#expireStranger(pid, now);
      }
    }
  }

  /** Counts a pause that is too long, and the time from then on as the next one. Returns when the pause that goes on began. */
  #paused(check: Check, last: number, every: Microseconds, now: Instant): number {
    const since = last === UNSEEN ? this.#startedAt : last;
    if (now - since <= every) {
      return since;
    }
    this.#error(check);
    return now;
  }

  /** Nobody can be said to have forgotten a PID before there were tables. */
  #expireStranger(pid: number, now: Instant): void {
    const since = this.#strangerSince[pid] ?? UNSEEN;
    const isThere = (this.#lastSeen[pid] ?? UNSEEN) >= since + UNREFERENCED_AFTER;
    if (this.catalogue.programMapPids().size > 0 && isThere) {
      this.#error("unreferencedPid");
      this.#strangerSince[pid] = now;
    }
  }

  #lookAtScrambled(pid: number, role: number, now: Instant): void {
    if (pid === PAT_PID) {
      this.#failed("pat", now);
    } else if ((role & HAS_MAPS) !== 0) {
      this.#failed("pmt", now);
    } else if (!this.#hasCat) {
      this.#failed("cat", now);
    }
  }

  #lookAtPcr(pid: number, now: Instant): void {
    const verdict = this.#pcr.look(pid, readPcr(this.#bytes, this.#at), now, discontinuityIndicator(this.#bytes, this.#at));
    if (verdict.isLate) {
      this.#failed("pcrRepetition", now);
    }
    if (verdict.jumps) {
      this.#failed("pcrDiscontinuity", now);
    }
    if (verdict.isOff) {
      this.#failed("pcrAccuracy", now);
    }
  }

  #takeSection(pid: number, section: Uint8Array, isRight: boolean): void {
    const now = this.#now;
    if (!isRight) {
      this.#failed("crc", now);
      return;
    }
    const tableId = section[0] ?? 0;
    if (pid === PAT_PID) {
      if (tableId !== PAT_TABLE) {
        this.#failed("pat", now);
      }
      this.#lastAssociation = now;
    } else if (pid === CAT_PID) {
      this.#hasCat ||= tableId === CAT_TABLE;
      if (tableId !== CAT_TABLE) {
        this.#failed("cat", now);
      }
    } else if (((this.#roles[pid] ?? 0) & HAS_MAPS) !== 0 && tableId === PMT_TABLE) {
      this.#lastMap.set(((section[3] ?? 0) << 8) | (section[4] ?? 0), now);
    } else {
      this.#sections.take(pid, section, now);
    }
  }

  /** The programs have changed: other PIDs are expected, and what is expected now has its time from now. */
  #readRoles(now: Instant): void {
    this.#revision = this.catalogue.revision;
    const before = this.#roles.slice();
    this.#roles.fill(0);
    const maps = this.catalogue.programMapPids();
    for (const [programNumber, pid] of maps) {
      this.#roles[pid] = REFERENCED | HAS_MAPS;
      this.#lastMap.set(programNumber, this.#lastMap.get(programNumber) ?? now);
    }
    for (const programNumber of this.#lastMap.keys()) {
      if (!maps.has(programNumber)) {
        this.#lastMap.delete(programNumber);
      }
    }
    for (const { pcrPid, elementaryStreams } of this.catalogue.programs()) {
      this.#refer(pcrPid, REFERENCED);
      for (const { pid, streamType } of elementaryStreams) {
        this.#refer(pid, REFERENCED | (STREAM_TYPES_WITH_PTS.has(streamType) ? HAS_PTS : 0));
      }
    }
    for (let pid = 0; pid < PID_COUNT; pid++) {
      if (this.#roles[pid] !== 0 && before[pid] === 0) {
        this.#lastSeen[pid] = now;
        this.#strangerSince[pid] = UNSEEN;
      }
    }
  }

  #refer(pid: number, role: number): void {
    if (pid !== NULL_PID) {
      this.#roles[pid] = (this.#roles[pid] ?? 0) | role;
    }
  }

  #failed(check: Check, now: Instant): void {
    const i = INDEX[check];
    if (this.#evidenceAt[i] === UNSEEN) {
      this.#evidenceAt[i] = now;
      this.#evidence.set(this.#bytes.subarray(this.#at, this.#at + PACKET_SIZE), i * PACKET_SIZE);
    }
    this.#error(check);
  }

  #error(check: Check): void {
    const i = INDEX[check];
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#windowCounts[i] = (this.#windowCounts[i] ?? 0) + 1;
  }
}
