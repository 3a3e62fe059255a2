import { u16 } from "@bilbycast/foundation/bytes";
import { NULL_PID, PACKET_SIZE, PID_COUNT } from "../packet.ts";
import {
  CAT_PID,
  CAT_TABLE,
  PAT_PID,
  PAT_TABLE,
  PMT_TABLE,
  readConditionalAccess,
  readProgramAssociation,
  readProgramMap,
  writeProgramAssociation,
  type ConditionalAccess,
  type ProgramMap,
} from "../psi/program-tables.ts";
import { SectionAssembler } from "../psi/section-assembler.ts";
import { packetizeSection } from "../psi/section-packetizer.ts";
import { hasRightCrc } from "../psi/section.ts";
import { Association } from "./association.ts";
import { planPids, type PidPlan } from "./pid-plan.ts";
import type { RemuxRules } from "./rules.ts";
import { contentOf, mapAssociation, mapConditionalAccess, mapProgram, seal } from "./section-rewriter.ts";
import { TableVersion } from "./table-version.ts";
import type { UnitWriter } from "./unit-writer.ts";

/** Sections that are kept, so that a repetition costs no thought. More than that and the oldest goes. */
const MOST_KEPT = 1_024;
const NONE = -1;

/** A section as it came last, and the packets that go out for it. */
type Kept = { pid: number; source: Uint8Array; revision: number; packets: Uint8Array[] };

/** A table by whose versions are counted: a program's map by its program_number. */
const ASSOCIATION = -1;
const ACCESS = -2;

/**
 * The tables of a stream on their way through: reads PAT, PMTs and CAT, keeps the plan of PIDs that follows from them, and writes
 * those that may not pass as they are anew, each when the source's own is whole. Reading anew happens only when something changes.
 */
export class TableRelay {
  plan: PidPlan;
  /** continuity_counter of the last packet of each PID of the output, where it is known; -1 otherwise. */
  readonly lastCounter = new Int8Array(PID_COUNT).fill(NONE);
  readonly #rules: RemuxRules;
  readonly #writer: UnitWriter;
  readonly #onPlan: () => void;
  readonly #association = new Association();
  readonly #maps = new Map<number, ProgramMap>();
  #access: ConditionalAccess | undefined;
  #assemblers = new Map<number, SectionAssembler>();
  #versions = new Map<number, TableVersion>();
  /** By PID, table_id, table_id_extension and section_number. */
  readonly #kept = new Map<number, Kept>();
  /** Counts the plans: what was written under an older one is written again. */
  #revision = 0;

  /** `onPlan` is called when the plan has changed. */
  constructor(rules: RemuxRules, writer: UnitWriter, onPlan: () => void) {
    this.#rules = rules;
    this.#writer = writer;
    this.#onPlan = onPlan;
    this.plan = this.#planned();
    this.#follow();
  }

  /** Whether the PAT has the only program that passes; true where all pass. */
  get isPresent(): boolean {
    const { programNumber } = this.#rules;
    return programNumber === undefined || this.#association.programs.has(programNumber);
  }

  /** Takes a packet of a PID that the plan names as one of tables. */
  push(pid: number, bytes: Uint8Array, at: number): void {
    this.#assemblers.get(pid)?.push(bytes, at);
  }

  /** Begins with what another one knows, and sends it, so that nothing has to be waited for; counters and versions go on. */
  goOnFrom(before: TableRelay): void {
    this.lastCounter.set(before.lastCounter);
    this.#versions = before.#versions;
    const kept = [...before.#kept.values()];
    for (const { pid, source } of [...kept.filter((each) => each.pid === PAT_PID), ...kept.filter((each) => each.pid !== PAT_PID)]) {
      if (this.plan.tables.has(pid)) {
        this.#section(pid, source);
      }
    }
  }

  #section(pid: number, section: Uint8Array): void {
    if (section[0] !== tableOf(pid)) {
      this.#passOther(pid, section);
      return;
    }
    const key = ((pid * 256 + (section[0] ?? 0)) * 65_536 + u16(section, 3)) * 256 + (section[6] ?? 0);
    let kept = this.#kept.get(key);
    if (kept === undefined || !isRepeated(kept.source, section)) {
      if (!hasRightCrc(section) || !this.#learn(pid, section)) {
        return;
      }
      kept = { pid, source: section.slice(), revision: NONE, packets: [] };
      this.#keep(key, kept);
    }
    if (kept.revision !== this.#revision) {
      kept.packets = this.#packets(pid, this.#rendered(pid, kept.source));
      kept.revision = this.#revision;
    }
    this.#emit(this.plan.to[pid] ?? NONE, kept.packets);
  }

  /** A section of another kind on the PID of a map (private, or of a table that we do not know) goes on as it is. */
  #passOther(pid: number, section: Uint8Array): void {
    if (pid !== PAT_PID && pid !== CAT_PID && this.plan.tables.get(pid) === true) {
      this.#emit(this.plan.to[pid] ?? NONE, this.#packets(pid, section));
    }
  }

  #keep(key: number, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size > MOST_KEPT) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
  }

  /** Reads a section that says something new; false when it is of no concern. */
  #learn(pid: number, section: Uint8Array): boolean {
    // Tables refer to the bytes that they were read from.
    const own = section.slice();
    if (pid === PAT_PID) {
      return this.#learnAssociation(own);
    }
    if (pid === CAT_PID) {
      const access = readConditionalAccess(own);
      this.#access = access ?? this.#access;
      this.#replan();
      return access !== undefined;
    }
    const map = readProgramMap(own);
    if (map?.currentNextIndicator !== true || this.#association.programs.get(map.programNumber) !== pid || !this.#concerns(map)) {
      return false;
    }
    this.#maps.set(map.programNumber, map);
    this.#replan();
    return true;
  }

  #learnAssociation(section: Uint8Array): boolean {
    const table = readProgramAssociation(section);
    if (table?.currentNextIndicator !== true) {
      return false;
    }
    const isOther = this.#association.take(table);
    const { programs } = this.#association;
    for (const [key, { pid, source }] of this.#kept) {
      const isStale = pid === PAT_PID ? isOther : pid !== CAT_PID && programs.get(u16(source, 3)) !== pid;
      if (isStale) {
        this.#kept.delete(key);
      }
    }
    for (const programNumber of this.#maps.keys()) {
      if (!programs.has(programNumber)) {
        this.#maps.delete(programNumber);
      }
    }
    this.#replan();
    return true;
  }

  #concerns({ programNumber }: ProgramMap): boolean {
    return this.#rules.programNumber === undefined || this.#rules.programNumber === programNumber;
  }

  #replan(): void {
    this.plan = this.#planned();
    this.#revision++;
    this.#follow();
    this.#onPlan();
  }

  #planned(): PidPlan {
    return planPids(this.#rules, { programs: this.#association.programs, maps: this.#maps, access: this.#access });
  }

  #follow(): void {
    const followed = new Map<number, SectionAssembler>();
    for (const pid of this.plan.tables.keys()) {
      followed.set(pid, this.#assemblers.get(pid) ?? new SectionAssembler((section) => this.#section(pid, section)));
    }
    this.#assemblers = followed;
  }

  /** What goes out for a section; `undefined` when nothing does. Its version is noted also where it passes as it came. */
  #rendered(pid: number, section: Uint8Array): Uint8Array | undefined {
    const mapped = pid === PAT_PID ? this.#renderAssociation(section) : this.#renderOther(pid, section);
    if (mapped === undefined) {
      return undefined;
    }
    const table = pid === PAT_PID ? ASSOCIATION : pid === CAT_PID ? ACCESS : u16(section, 3);
    const isMade = pid === PAT_PID && this.#rules.programNumber !== undefined;
    const source = isMade ? undefined : ((section[5] ?? 0) >> 1) & 0x1f;
    const version = this.#version(table).next(source, mapped[6] ?? 0, contentOf(mapped));
    return this.plan.tables.get(pid) === true ? seal(mapped, version) : undefined;
  }

  #renderAssociation(section: Uint8Array): Uint8Array | undefined {
    const { programNumber } = this.#rules;
    if (programNumber === undefined) {
      return mapAssociation(section, this.#to);
    }
    const table = readProgramAssociation(section);
    const programMapPid = this.#to(this.#association.programs.get(programNumber) ?? NULL_PID);
    if (table?.programs.some((program) => program.programNumber === programNumber) !== true || programMapPid < 0) {
      return undefined;
    }
    const { transportStreamId } = table;
    const programs = [{ programNumber, programMapPid }];
    const fields = { versionNumber: 0, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 };
    return writeProgramAssociation({ transportStreamId, ...fields, programs });
  }

  #renderOther(pid: number, section: Uint8Array): Uint8Array | undefined {
    if (pid === CAT_PID) {
      return mapConditionalAccess(section, this.#to);
    }
    const programNumber = u16(section, 3);
    const source = this.#maps.get(programNumber)?.pcrPid ?? NULL_PID;
    const mapped = source === NULL_PID ? NULL_PID : this.#to(source);
    return mapProgram(section, this.#to, this.plan.pcrPids.get(programNumber) ?? (mapped < 0 ? NULL_PID : mapped));
  }

  readonly #to = (pid: number): number => this.plan.to[pid] ?? NONE;

  #version(table: number): TableVersion {
    let version = this.#versions.get(table);
    if (version === undefined) {
      if (this.#versions.size > MOST_KEPT) {
        this.#versions.clear();
      }
      version = new TableVersion();
      this.#versions.set(table, version);
    }
    return version;
  }

  #packets(pid: number, section: Uint8Array | undefined): Uint8Array[] {
    const to = this.plan.to[pid] ?? NONE;
    if (section === undefined || to < 0) {
      return [];
    }
    const packets = packetizeSection(section, to, 0);
    return Array.from({ length: packets.length / PACKET_SIZE }, (_, i) => packets.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE));
  }

  #emit(pid: number, packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      const counter = ((this.lastCounter[pid] ?? NONE) + 1) & 0x0f;
      this.lastCounter[pid] = counter;
      this.#writer.write(packet, counter);
    }
  }
}

/** table_id of the table that is followed on a PID. */
const tableOf = (pid: number): number => (pid === PAT_PID ? PAT_TABLE : pid === CAT_PID ? CAT_TABLE : PMT_TABLE);

/** A section with the length, version and CRC_32 of the last one is the same one. */
const isRepeated = (last: Uint8Array, section: Uint8Array): boolean => {
  const end = section.length;
  if (last.length !== end) {
    return false;
  }
  for (let at = end - 4; at < end; at++) {
    if (last[at] !== section[at]) {
      return false;
    }
  }
  return last[5] === section[5];
};
