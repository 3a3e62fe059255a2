import { u16, u32 } from "@bilbycast/foundation/bytes";
import type { Instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, pid as pidOf, PID_COUNT, transportError } from "../packet.ts";
import {
  CAT_PID,
  CAT_TABLE,
  PAT_PID,
  PAT_TABLE,
  PMT_TABLE,
  readProgramAssociation,
  readProgramMap,
  type ProgramMap,
} from "../psi/program-tables.ts";
import { SectionAssembler } from "../psi/section-assembler.ts";
import { hasRightCrc } from "../psi/section.ts";
import { readServiceDescription, type Service } from "../psi/service-description.ts";
import { EIT_PID, NIT_PID, RST_PID, SDT_PID, TDT_PID } from "../psi/service-information.ts";
import { visitAccess, visitReferences, type Reference } from "./program-references.ts";

/** What is kept of a service; its descriptors are views of bytes that are borrowed. */
type NamedService = Omit<Service, "descriptors">;

/** A program as the stream itself describes it. */
export type CatalogueProgram = ProgramMap & {
  programMapPid: number;
  /** From the service description, where the stream has one. */
  service?: NamedService;
};

/** Who wants to know of each section as it comes, right or not. The bytes are borrowed for the call. */
export type SectionListener = (pid: number, section: Uint8Array, isRight: boolean, now: Instant) => void;

/** A stream with more programs than that is not described further: the tables are bounded. */
const MOST_PROGRAMS = 512;
/** Sections by which repetitions are known; with more all are forgotten, and are news when they come again. */
const MOST_KNOWN = 2_048;
const MOST_ACCESS_PIDS = 256;
const NONE = -1;

const FIXED_PIDS = [PAT_PID, CAT_PID, NIT_PID, SDT_PID, EIT_PID, RST_PID, TDT_PID];

/** Tables without a CRC, and TOT, which has one but no long header. EN 300 468 §5.1.1, §5.2.6. */
const WITHOUT_CRC = new Set([0x70, 0x71, 0x72, 0x7e]);
const TOT = 0x73;
/** Tables of PSI and SI have the long header: without it something is wrong with them. */
const LAST_PSI_OR_SI = 0x6f;

/**
 * What a transport stream carries, followed while it plays: programs, their streams and their names. A packet of another PID costs one
 * look into a table; a section that says nothing new costs its CRC; only what changes is read. Maps are kept as they came, so what is held
 * is at most a section for each of 512 programs.
 */
export class PsiCatalogue {
  /** Counts up with each change of what it says. */
  revision = 0;
  /** When it said something new last. */
  changedAt: Instant | undefined;
  readonly #listener: SectionListener;
  /** One bit for each PID whose sections are put together. */
  readonly #followed = new Uint32Array(PID_COUNT / 32);
  readonly #assemblers = new Map<number, SectionAssembler>();
  /** CRC_32 of the last section of each kind, by which a repetition is known. */
  readonly #lastCrc = new Map<number, number>();
  /** Programs of each section of the PAT: program_number to PID. */
  #association = new Map<number, ReadonlyMap<number, number>>();
  #associationVersion = NONE;
  #transportStreamId: number | undefined;
  #networkPid: number | undefined;
  /** All programs of the PAT, at most MOST_PROGRAMS. */
  #pids: ReadonlyMap<number, number> = new Map();
  /** The section of each program's map. */
  readonly #maps = new Map<number, Uint8Array>();
  readonly #services = new Map<number, NamedService>();
  /** PIDs of the CAT's entitlement messages. */
  readonly #access = new Set<number>();
  #now: Instant = 0 as Instant;

  constructor(listener: SectionListener = () => {}) {
    this.#listener = listener;
    this.#followFixed();
  }

  get transportStreamId(): number | undefined {
    return this.#transportStreamId;
  }

  /** A PAT has come and names programs. */
  get hasPrograms(): boolean {
    return this.#pids.size > 0;
  }

  /** Programs of the PAT whose map has come, in the order of their numbers. Read anew at each call: for those who ask now and then. */
  programs(): CatalogueProgram[] {
    const found: CatalogueProgram[] = [];
    for (const [programNumber, programMapPid] of this.#pids) {
      const section = this.#maps.get(programNumber);
      // A copy, so that nobody who holds a descriptor sees it change.
      const map = section === undefined ? undefined : readProgramMap(section.slice());
      const service = this.#services.get(programNumber);
      if (map !== undefined) {
        found.push({ ...map, programMapPid, ...(service === undefined ? {} : { service }) });
      }
    }
    return found.toSorted((a, b) => a.programNumber - b.programNumber);
  }

  /** PID of each program's map, by program_number; also of programs whose map has not come. It stays as it is when the PAT changes. */
  programMapPids(): ReadonlyMap<number, number> {
    return this.#pids;
  }

  /** Tells of each PID that the tables name, apart from those of maps; some more than once. */
  visitReferences(visit: (reference: Reference) => void): void {
    for (const section of this.#maps.values()) {
      visitReferences(section, visit);
    }
    for (const pid of this.#access) {
      visit({ kind: "access", pid });
    }
    if (this.#networkPid !== undefined) {
      visit({ kind: "access", pid: this.#networkPid });
    }
  }

  /** Takes the packets in bytes [from, end). */
  take(bytes: Uint8Array, from: number, end: number, now: Instant): void {
    for (let at = from; at + PACKET_SIZE <= end; at += PACKET_SIZE) {
      this.push(bytes, at, now);
    }
  }

  /** Takes one packet of the stream. */
  push(bytes: Uint8Array, at: number, now: Instant): void {
    const pid = pidOf(bytes, at);
    if (this.follows(pid) && !transportError(bytes, at)) {
      this.pushTable(pid, bytes, at, now);
    }
  }

  /** Packets of this PID are of interest. */
  follows(pid: number): boolean {
    return ((this.#followed[pid >> 5] ?? 0) & (1 << (pid & 31))) !== 0;
  }

  /** Takes a sound packet of a PID that it follows. */
  pushTable(pid: number, bytes: Uint8Array, at: number, now: Instant): void {
    this.#now = now;
    this.#assemblers.get(pid)?.push(bytes, at);
  }

  /** Packets are missing: drops the sections that are not whole. */
  lost(): void {
    for (const assembler of this.#assemblers.values()) {
      assembler.reset();
    }
  }

  /** Forgets the stream: another one begins. */
  reset(): void {
    this.#followed.fill(0);
    this.#assemblers.clear();
    this.#lastCrc.clear();
    this.#association = new Map();
    this.#associationVersion = NONE;
    this.#transportStreamId = undefined;
    this.#networkPid = undefined;
    this.#pids = new Map();
    this.#maps.clear();
    this.#services.clear();
    this.#access.clear();
    this.revision++;
    this.#followFixed();
  }

  #followFixed(): void {
    for (const pid of FIXED_PIDS) {
      this.#follow(pid);
    }
  }

  #take(pid: number, section: Uint8Array): void {
    const isRight = hasCrc(section) ? hasRightCrc(section) : true;
    this.#listener(pid, section, isRight, this.#now);
    if (!isRight || section.length < 12) {
      return;
    }
    const tableId = section[0] ?? 0;
    if (pid === PAT_PID) {
      if (tableId === PAT_TABLE && this.#isNews(pid, section)) {
        this.#takeAssociation(section);
      }
    } else if (pid === SDT_PID) {
      if (this.#isNews(pid, section)) {
        this.#takeServices(section);
      }
    } else if (pid === CAT_PID) {
      if (tableId === CAT_TABLE && this.#isNews(pid, section)) {
        this.#takeAccess(section);
      }
    } else if (tableId === PMT_TABLE && this.#isNews(pid, section)) {
      this.#takeMap(pid, section);
    }
  }

  #isNews(pid: number, section: Uint8Array): boolean {
    const kind = pid * 256 + (section[0] ?? 0);
    const key = (kind * 65_536 + u16(section, 3)) * 256 + (section[6] ?? 0);
    const crc = u32(section, section.length - 4);
    if (this.#lastCrc.get(key) === crc) {
      return false;
    }
    if (this.#lastCrc.size >= MOST_KNOWN) {
      this.#lastCrc.clear();
    }
    this.#lastCrc.set(key, crc);
    return true;
  }

  #takeAssociation(section: Uint8Array): void {
    const table = readProgramAssociation(section);
    if (table === undefined || !table.currentNextIndicator) {
      return;
    }
    if (table.versionNumber !== this.#associationVersion || table.transportStreamId !== this.#transportStreamId) {
      this.#associationVersion = table.versionNumber;
      this.#transportStreamId = table.transportStreamId;
      this.#networkPid = undefined;
      this.#association = new Map();
      // A program that left and comes back has its map read anew.
      this.#lastCrc.clear();
      this.#isNews(PAT_PID, section);
    }
    this.#networkPid = table.networkPid ?? this.#networkPid;
    const room =
      MOST_PROGRAMS - [...this.#association].reduce((sum, [number, { size }]) => sum + (number === table.sectionNumber ? 0 : size), 0);
    const programs = table.programs.slice(0, Math.max(0, room));
    const known = this.#association.get(table.sectionNumber)?.size;
    if (programs.length === 0 && known === 0) {
      // A table that is full already costs no more for each section that finds no room.
      return;
    }
    this.#association.set(table.sectionNumber, new Map(programs.map(({ programNumber, programMapPid }) => [programNumber, programMapPid])));
    this.#pids = new Map([...this.#association.values()].flatMap((each) => [...each]));
    this.#followMaps();
    this.#changed();
  }

  #takeMap(pid: number, section: Uint8Array): void {
    const programNumber = u16(section, 3);
    const isCurrent = ((section[5] ?? 0) & 1) !== 0;
    if (!isCurrent || this.#pids.get(programNumber) !== pid) {
      return;
    }
    // The bytes are borrowed: what is kept is copied.
    this.#maps.set(programNumber, section.slice());
    this.#changed();
  }

  #takeServices(section: Uint8Array): void {
    const table = readServiceDescription(section);
    if (table?.isActual !== true || !table.currentNextIndicator) {
      return;
    }
    for (const { descriptors: _, ...service } of table.services) {
      if (this.#services.size < MOST_PROGRAMS || this.#services.has(service.serviceId)) {
        this.#services.set(service.serviceId, service);
      }
    }
    this.#changed();
  }

  #takeAccess(section: Uint8Array): void {
    if ((section[6] ?? 0) === 0) {
      this.#access.clear();
    }
    visitAccess(section, 8, section.length - 4, ({ pid }) => {
      if (this.#access.size < MOST_ACCESS_PIDS) {
        this.#access.add(pid);
      }
    });
    this.#changed();
  }

  /** Puts together the sections of those PIDs that the PAT names, and of no others. */
  #followMaps(): void {
    for (const programNumber of this.#maps.keys()) {
      if (!this.#pids.has(programNumber)) {
        this.#maps.delete(programNumber);
      }
    }
    const wanted = new Set([...FIXED_PIDS, ...this.#pids.values()]);
    for (const pid of this.#assemblers.keys()) {
      if (!wanted.has(pid)) {
        this.#assemblers.delete(pid);
        this.#followed[pid >> 5] = (this.#followed[pid >> 5] ?? 0) & ~(1 << (pid & 31));
      }
    }
    for (const pid of wanted) {
      this.#follow(pid);
    }
  }

  #follow(pid: number): void {
    if (!this.#assemblers.has(pid)) {
      this.#assemblers.set(pid, new SectionAssembler((section) => this.#take(pid, section)));
      this.#followed[pid >> 5] = (this.#followed[pid >> 5] ?? 0) | (1 << (pid & 31));
    }
  }

  #changed(): void {
    this.revision++;
    this.changedAt = this.#now;
  }
}

/** Tables of PSI and SI have one, but for a few; private sections with the long header too. */
const hasCrc = (section: Uint8Array): boolean => {
  const tableId = section[0] ?? 0;
  const hasLongHeader = ((section[1] ?? 0) & 0x80) !== 0;
  return !WITHOUT_CRC.has(tableId) && (hasLongHeader || tableId <= LAST_PSI_OR_SI || tableId === TOT);
};
