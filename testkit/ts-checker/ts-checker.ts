import { countUp, Findings, type CheckReport } from "./check-report.ts";
import { ContinuityWatch } from "./continuity.ts";
import { PcrWatch } from "./pcr-watch.ts";
import { ProgramMaps } from "./program-maps.ts";
import { readSection, SectionReader, type Section } from "./sections.ts";
import { belongs, FIRST_FREE_PID, PID, TABLE, tableName } from "./table-names.ts";
import { TableVersions } from "./table-versions.ts";
import { NULL_PID, PIDS, TS_PACKET_SIZE, TsPacket } from "./ts-packet.ts";

export type CheckerOptions = {
  /** A version that changes by anything but +1 modulo 32 is an error; else only one that goes back. False. */
  strictVersions?: boolean;
  /** Packets after a PAT with a new program in which PES on unknown PIDs is let pass. 0. Before the first complete maps all is. */
  mapGrace?: number;
  /** Packets after which a program map that the PAT names counts as absent. 20,000. */
  absentAfter?: number;
  /** The longest step from one PCR to the next, in milliseconds. 100: ISO/IEC 13818-1 §2.7.2. */
  longestPcrStepMs?: number;
};

/** Reads a transport stream as the strictest receiver would, and counts what it had to notice. */
export class TsChecker {
  readonly #findings = new Findings();
  readonly #continuity = new ContinuityWatch(this.#findings);
  readonly #pcr: PcrWatch;
  readonly #maps: ProgramMaps;
  readonly #versions: TableVersions;
  readonly #readers: (SectionReader | undefined)[] = Array.from({ length: PIDS });
  readonly #packet = new TsPacket();
  readonly #packetsByPid = new Float64Array(PIDS);
  readonly #sections: Record<string, number> = {};
  /** PIDs whose last payload unit was no PES. */
  readonly #isPrivate = new Uint8Array(PIDS);
  readonly #mapGrace: number;
  #packets = 0;

  constructor(options: CheckerOptions = {}) {
    this.#pcr = new PcrWatch(this.#findings, options.longestPcrStepMs ?? 100);
    this.#maps = new ProgramMaps(this.#findings, options.absentAfter ?? 20_000);
    this.#versions = new TableVersions(this.#findings, options.strictVersions ?? false);
    this.#mapGrace = options.mapGrace ?? 0;
  }

  /** Whole packets in a row, a datagram for instance. */
  take(bytes: Uint8Array, from = 0, end = bytes.length): void {
    for (let at = from; at < end; at += TS_PACKET_SIZE) {
      const number = this.#packets++;
      if (at + TS_PACKET_SIZE > end || !this.#packet.read(bytes, at)) {
        this.#findings.add("sync", NULL_PID, number, `0x${(bytes[at] ?? 0).toString(16)}, ${end - at} bytes from the end`);
      } else {
        this.#judge(this.#packet, number);
      }
    }
  }

  report(): CheckReport {
    const packetsByPid = [...this.#packetsByPid].flatMap((count, pid) => (count === 0 ? [] : [[pid, count] as const]));
    return structuredClone({
      packets: this.#packets,
      packetsByPid: Object.fromEntries(packetsByPid),
      errors: this.#findings.errors,
      errorsByPid: this.#findings.byPid,
      first: this.#findings.first,
      duplicates: this.#continuity.duplicates,
      discontinuityCount: this.#continuity.discontinuityCount,
      discontinuities: this.#continuity.discontinuities,
      sections: this.#sections,
      versionChanges: this.#versions.changes,
      versionJumps: this.#versions.jumps,
    });
  }

  #judge(packet: TsPacket, number: number): void {
    const { pid } = packet;
    this.#packetsByPid[pid] = (this.#packetsByPid[pid] ?? 0) + 1;
    this.#maps.expire(number);
    if (packet.transportError) {
      this.#findings.add("transportError", pid, number, "transport_error_indicator");
    } else if (packet.isMalformed) {
      this.#findings.add("malformed", pid, number, "adaptation field");
    } else if (pid !== NULL_PID) {
      const sequel = this.#continuity.judge(packet, number);
      if (sequel !== "duplicate") {
        this.#pcr.judge(packet, number);
        this.#look(packet, number, sequel === "broken");
      }
    }
  }

  #look(packet: TsPacket, number: number, isBroken: boolean): void {
    if (this.#hasSections(packet.pid)) {
      const reader = (this.#readers[packet.pid] ??= this.#reader(packet.pid));
      if (isBroken) {
        reader.interrupt(number);
      }
      if (packet.hasPayload && !packet.isScrambled) {
        reader.feed(packet, number);
      }
    } else if (packet.hasPayload && packet.pid >= FIRST_FREE_PID) {
      this.#lookAtPes(packet, number);
    }
  }

  #hasSections(pid: number): boolean {
    const isWellKnown = pid === PID.pat || pid === PID.cat || (pid >= PID.nit && pid <= PID.eit);
    return isWellKnown || pid === this.#maps.networkPid || this.#maps.isMapPid(pid);
  }

  #lookAtPes(packet: TsPacket, number: number): void {
    const { pid, bytes, payloadAt } = packet;
    if (packet.payloadUnitStart) {
      const isPes = bytes[payloadAt] === 0 && bytes[payloadAt + 1] === 0 && bytes[payloadAt + 2] === 1;
      this.#isPrivate[pid] = Number(!isPes && !packet.isScrambled);
    }
    const isDue = this.#maps.isKnown && number - this.#maps.changedAt > this.#mapGrace;
    if (isDue && this.#isPrivate[pid] === 0 && !this.#maps.isNamed(pid)) {
      this.#findings.add("unmappedPes", pid, number, "no program map names the PID");
    }
  }

  #reader(pid: number): SectionReader {
    return new SectionReader(pid, this.#findings, (bytes, number) => this.#take(readSection(pid, bytes), number));
  }

  #take(section: Section, number: number): void {
    const { pid, tableId } = section;
    const name = tableName(tableId);
    if (name === undefined || !belongs(name, pid, this.#maps.isMapPid(pid), this.#maps.networkPid)) {
      return;
    }
    countUp(this.#sections, name);
    if (!section.isCurrent) {
      return;
    }
    this.#versions.judge(section, number);
    if (tableId === TABLE.pat && this.#maps.takePat(section, number)) {
      this.#versions.keepPrograms((programNumber, pmtPid) => this.#maps.hasProgram(programNumber, pmtPid));
    } else if (tableId === TABLE.pmt) {
      this.#maps.takePmt(section);
    } else if (tableId === TABLE.cat) {
      this.#maps.takeCat(section);
    }
  }
}
