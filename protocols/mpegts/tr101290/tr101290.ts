import { milliseconds, seconds, type Instant } from "@bilbycast/foundation/time";
import { PsiCatalogue } from "../catalogue/psi-catalogue.ts";
import { hasPcr, ptsOffset, readPcr } from "../media-time.ts";
import { discontinuityIndicator, NULL_PID, PACKET_SIZE, pid as pidOf, SYNC_BYTE } from "../packet.ts";
import { PAT_PID } from "../psi/program-tables.ts";
import type { Check } from "./checks.ts";
import { FOLLOWS, lookAtContinuity, TOO_OFTEN } from "./continuity.ts";
import { Ledger, type CheckResult, type Evidence } from "./ledger.ts";
import { lookForPauses } from "./pauses.ts";
import { PCR_JUMPS, PCR_LATE, PCR_OFF, PcrClock, type PcrFacts } from "./pcr-clock.ts";
import { PidRoles } from "./pid-roles.ts";
import { CARRIES_PCR, HAS_MAPS, HAS_PTS, NONE, PidTable, UNSEEN } from "./pid-table.ts";
import { PsiCheck } from "./psi-check.ts";
import { SectionCheck } from "./section-check.ts";
import { Signal, SILENCE, type SignalState } from "./signal.ts";

/** A receiver cannot tell a PCR from the jitter of its network: only gross errors are called so. */
const PCR_TOLERANCE = milliseconds(100);
/** A clock that has not ticked for so long is no measure for the others. */
const CLOCK_STOPPED = seconds(2);
/** PIDs whose clocks are followed; of a stream with more the others are not. */
const MOST_CLOCKS = 64;

/** What `snapshot` tells: all that is known now. */
export type Tr101290Snapshot = {
  /** Packets that came. */
  packets: number;
  patSections: number;
  pmtSections: number;
  /** Packets that are missing by their continuity counters: at least so many, a loss of 16 on a PID cannot be seen. */
  lostPackets: number;
  /** Times that we missed packets ourselves. */
  analysisGaps: number;
  signal: SignalState;
  /** Pictures, sound or clocks that have been away for 5 s and are still. */
  missingPids: number;
  /** By the last closed window. */
  priorityOk: readonly [boolean, boolean, boolean];
  /** Of the first JPEG XS stream. */
  jpegXsPid?: number;
  checks: Record<Check, CheckResult>;
  clocks: PcrFacts[];
};

/**
 * Checks a transport stream packet by packet against ETSI TR 101 290: counts every error since the beginning and by windows, keeps the
 * first bad packet of each kind, and follows the clocks. What is absent is found by `expire`, to be called at least every 100 ms. What
 * follows from a damaged packet is not counted a second time, and while there is no signal nothing but its absence is.
 */
export class Tr101290 {
  readonly catalogue: PsiCatalogue;
  packets = 0;
  lostPackets = 0;
  analysisGaps = 0;
  readonly #ledger = new Ledger();
  readonly #signal = new Signal();
  readonly #table = new PidTable();
  readonly #roles = new PidRoles();
  readonly #psi = new PsiCheck((check, missedPid) => this.#sectionFailed(check, missedPid));
  readonly #sections = new SectionCheck((check, missedPid) => this.#sectionFailed(check, missedPid));
  #mainClock: PcrClock | undefined;
  #mainPid = NONE;
  /** Times that packets were lost: what is measured by their places begins anew. */
  #breaks = 0;
  #startedAt = UNSEEN;
  #lastAt = UNSEEN;
  #now: Instant = 0 as Instant;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of the packet at hand; NONE: there is none. */
  #at = NONE;

  constructor() {
    this.catalogue = new PsiCatalogue((pid, section, isRight) => this.#takeSection(pid, section, isRight));
  }

  /** Errors of a kind since the beginning. */
  count(check: Check): number {
    return this.#ledger.count(check);
  }

  /** Errors of a kind in the window that was closed last. */
  windowCount(check: Check): number {
    return this.#ledger.windowCount(check);
  }

  /** The first failure of a check; `undefined` when there was none. */
  evidence(check: Check): Evidence | undefined {
    return this.#ledger.evidence(check);
  }

  get signal(): SignalState {
    return this.#signal.state;
  }

  /** The clock that the stream as a whole is measured by: that of the first program whose PCR came. */
  get mainClock(): PcrClock | undefined {
    return this.#mainClock;
  }

  /** Ends a window, usually of a second. */
  closeWindow(): void {
    this.#ledger.closeWindow();
    for (let place = 0; place < this.#table.count; place++) {
      this.#table.clocks[place]?.closeWindow();
    }
  }

  snapshot(): Tr101290Snapshot {
    const missingPids = this.#table.missing();
    const { jpegXsPid } = this.#roles;
    const isInSync = this.#signal.state === "inSync" && this.#ledger.windowCount("syncLoss") === 0;
    return {
      packets: this.packets,
      patSections: this.#psi.patSections,
      pmtSections: this.#psi.pmtSections,
      lostPackets: this.lostPackets,
      analysisGaps: this.analysisGaps,
      signal: this.#signal.state,
      missingPids,
      // A wrong sync byte alone loses nothing: the fifth in a row does.
      priorityOk: [
        isInSync && missingPids === 0 && this.#ledger.isClean(1, ["syncByte"]),
        this.#ledger.isClean(2),
        this.#ledger.isClean(3),
      ],
      ...(jpegXsPid === NONE ? {} : { jpegXsPid }),
      checks: this.#ledger.results(),
      clocks: this.#clocks(),
    };
  }

  /** The receiver lost the packet grid and has found it again. */
  syncLost(now: Instant): void {
    this.#ledger.add("syncLoss", now);
    this.#forget();
  }

  /** We missed packets ourselves, how many nobody knows: nothing is compared across the gap. */
  lost(): void {
    this.analysisGaps++;
    this.#forget();
  }

  /** The source was opened, or opened again: another stream may come. Counts and evidence stay. */
  begin(): void {
    this.#forget();
    this.#signal.begin();
    this.#table.clear();
    this.#sections.hasTables = false;
    this.#mainClock = undefined;
    this.#mainPid = NONE;
    this.catalogue.reset();
  }

  /** Counts from zero again, without evidence. */
  resetCounts(): void {
    this.#ledger.reset();
    this.packets = 0;
    this.lostPackets = 0;
    this.analysisGaps = 0;
    this.#psi.patSections = 0;
    this.#psi.pmtSections = 0;
  }

  /** Looks at the packet of 188 bytes at `at`. */
  push(bytes: Uint8Array, at: number, now: Instant): void {
    this.take(bytes, at, at + PACKET_SIZE, now);
  }

  /** Looks at the packets in bytes [from, end), which arrived together. Nothing is allocated, but where a section comes or a clock begins. */
  take(bytes: Uint8Array, from: number, end: number, now: Instant): void {
    if (from + PACKET_SIZE > end) {
      return;
    }
    this.#bytes = bytes;
    this.#now = now;
    let follows = now - this.#lastAt <= SILENCE;
    for (let at = from; at + PACKET_SIZE <= end; at += PACKET_SIZE) {
      this.packets++;
      this.#at = at;
      if ((bytes[at] === SYNC_BYTE && follows && this.#signal.isSteady) || this.#admits(bytes, at, now)) {
        this.#look(bytes, at, now);
      }
      follows = true;
    }
    this.#lastAt = now;
    this.#at = NONE;
  }

  #look(bytes: Uint8Array, at: number, now: Instant): void {
    const second = bytes[at + 1] ?? 0;
    const pid = ((second & 0x1f) << 8) | (bytes[at + 2] ?? 0);
    if ((second & 0x80) !== 0) {
      this.#failed("transport");
      this.#forgive(pid);
      return;
    }
    if (pid === NULL_PID) {
      return;
    }
    const table = this.#table;
    const known = table.find(pid);
    const place = known === NONE ? table.add(pid) : known;
    table.lastSeen[place] = now;
    const fourth = bytes[at + 3] ?? 0;
    const missing = lookAtContinuity(table, place, fourth, bytes, at);
    if (missing !== FOLLOWS) {
      this.#discontinued(missing);
    }
    if ((fourth & 0x20) !== 0 && hasPcr(bytes, at)) {
      this.#lookAtPcr(pid, place, now);
    }
    if ((fourth & 0xc0) !== 0) {
      this.#lookAtScrambled(pid, place, now);
      return;
    }
    if ((second & 0x40) !== 0 && ((table.flags[place] ?? 0) & HAS_PTS) !== 0 && ptsOffset(bytes, at) > 0) {
      table.lastPts[place] = now;
    }
    if (this.catalogue.follows(pid)) {
      this.catalogue.pushTable(pid, bytes, at, now);
    }
  }

  /** Looks for what has not come. */
  expire(now: Instant): void {
    if (this.#signal.state === "waiting") {
      return;
    }
    this.#now = now;
    this.#startedAt = this.#startedAt === UNSEEN ? now : this.#startedAt;
    this.#lastAt = this.#lastAt === UNSEEN ? now : this.#lastAt;
    if (now - this.#lastAt > SILENCE) {
      this.#fallSilent(now);
    }
    if (this.#signal.state !== "inSync") {
      return;
    }
    // Something is away for as long as other packets came without it: when nothing comes at all, that is a matter of the signal.
    const until = this.#lastAt as Instant;
    this.#roles.follow(this.catalogue, this.#table, until);
    this.#psi.expire(this.catalogue.programMapPids(), this.#startedAt, until);
    this.#sections.expire(until);
    lookForPauses(this.#table, this.#startedAt, until, this.catalogue.hasPrograms, (check, pid) => this.#ledger.add(check, now, pid));
    this.#chooseClock(until);
  }

  /** A packet that comes when all is not plainly well; false when it is not to be looked at. */
  #admits(bytes: Uint8Array, at: number, now: Instant): boolean {
    if (this.#lastAt !== UNSEEN && now - this.#lastAt > SILENCE) {
      this.#fallSilent(now);
    }
    this.#lastAt = now;
    const turn = this.#signal.take(bytes[at] === SYNC_BYTE);
    if (turn === "bad" || turn === "lost") {
      this.#failed("syncByte");
      this.#forgive(pidOf(bytes, at));
    }
    if (turn === "lost") {
      this.#failed("syncLoss");
    }
    if (turn === "regained") {
      this.#forget();
    }
    this.#startedAt = this.#startedAt === UNSEEN ? now : this.#startedAt;
    return bytes[at] === SYNC_BYTE && this.#signal.state === "inSync";
  }

  #fallSilent(now: Instant): void {
    if (this.#signal.fallSilent()) {
      this.#ledger.add("syncLoss", now);
    }
  }

  /** A damaged packet, perhaps of this PID: its place among the others is not looked at. */
  #forgive(pid: number): void {
    const place = this.#table.find(pid);
    if (place !== NONE) {
      this.#table.counters[place] = UNSEEN;
    }
  }

  /** What a packet would be compared with is no longer true. */
  #forget(): void {
    this.#breaks++;
    this.#table.forget();
    this.#psi.forget();
    this.#sections.forget();
    this.catalogue.lost();
    this.#startedAt = UNSEEN;
    this.#lastAt = UNSEEN;
  }

  #discontinued(missing: number): void {
    this.#breaks++;
    this.lostPackets += missing === TOO_OFTEN ? 0 : missing;
    this.#failed("continuityCounter");
  }

  #lookAtScrambled(pid: number, place: number, now: Instant): void {
    // Its time stamps cannot be read.
    this.#table.lastPts[place] = UNSEEN;
    if (pid === PAT_PID) {
      this.#failed("pat");
    } else if (((this.#table.flags[place] ?? 0) & HAS_MAPS) !== 0) {
      this.#failed("pmt");
    } else {
      this.#psi.takeScrambled(now);
    }
  }

  #lookAtPcr(pid: number, place: number, now: Instant): void {
    const isNamed = ((this.#table.flags[place] ?? 0) & CARRIES_PCR) !== 0;
    if (!isNamed && this.catalogue.hasPrograms) {
      return;
    }
    const clock = this.#table.clocks[place] ?? this.#newClock(place);
    if (clock === undefined) {
      return;
    }
    if (this.#mainClock === undefined) {
      this.#mainClock = clock;
      this.#mainPid = pid;
    }
    const isAnnounced = discontinuityIndicator(this.#bytes, this.#at);
    // One that was missed for so long was counted when it was.
    const wasMissed = isNamed && this.#table.lastPcr[place] !== UNSEEN && clock.lastArrival < (this.#table.lastPcr[place] ?? 0);
    this.#table.lastPcr[place] = now;
    const verdict = clock.look(readPcr(this.#bytes, this.#at), now, this.packets, this.#breaks, isAnnounced);
    if ((verdict & PCR_LATE) !== 0 && !wasMissed) {
      this.#failed("pcrRepetition");
    }
    if ((verdict & PCR_JUMPS) !== 0) {
      this.#failed("pcrDiscontinuity");
    }
    if ((verdict & PCR_OFF) !== 0) {
      this.#failed("pcrAccuracy");
    }
  }

  #newClock(place: number): PcrClock | undefined {
    if (this.#table.clockCount >= MOST_CLOCKS) {
      return undefined;
    }
    const clock = new PcrClock(PCR_TOLERANCE);
    this.#table.setClock(place, clock);
    return clock;
  }

  #chooseClock(now: Instant): void {
    const clock = this.#mainClock;
    const place = this.#table.find(this.#mainPid);
    const isStopped = clock !== undefined && now - clock.lastArrival > CLOCK_STOPPED;
    if (clock !== undefined && (isStopped || place === NONE || this.#table.clocks[place] !== clock)) {
      this.#mainClock = undefined;
    }
  }

  #clocks(): PcrFacts[] {
    const facts: PcrFacts[] = [];
    for (let place = 0; place < this.#table.count; place++) {
      const clock = this.#table.clocks[place];
      if (clock !== undefined) {
        facts.push(clock.facts(this.#table.pids[place] ?? 0));
      }
    }
    return facts.toSorted((a, b) => a.pid - b.pid);
  }

  #takeSection(pid: number, section: Uint8Array, isRight: boolean): void {
    if (this.#at === NONE) {
      // Somebody else feeds the catalogue with what was chosen for its tables: of that nothing can be judged.
      return;
    }
    if (!isRight) {
      this.#failed("crc");
      return;
    }
    if (!this.#psi.take(pid, section, this.catalogue.programMapPids(), this.#now)) {
      this.#sections.take(pid, section, this.#now);
    }
  }

  #sectionFailed(check: Check, missedPid: number | undefined): void {
    if (missedPid === undefined) {
      this.#failed(check);
    } else {
      this.#ledger.add(check, this.#now, missedPid);
    }
  }

  /** The packet at hand shows an error. */
  #failed(check: Check): void {
    this.#ledger.add(check, this.#now, pidOf(this.#bytes, this.#at), this.#bytes, this.#at);
  }
}
