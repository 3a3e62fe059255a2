import type { Instant } from "@bilbycast/foundation/time";
import { PID_COUNT, pid as pidOf, transportError } from "../packet.ts";
import { CAT_PID, PAT_PID, readProgramAssociation, readProgramMap, type ProgramMap } from "../psi/program-tables.ts";
import { SectionAssembler } from "../psi/section-assembler.ts";
import { hasRightCrc } from "../psi/section.ts";
import { EIT_PID, NIT_PID, readServiceDescription, RST_PID, SDT_PID, TDT_PID, type Service } from "../psi/service-tables.ts";

/** A program as the stream itself describes it. */
export type CatalogueProgram = ProgramMap & {
  programMapPid: number;
  /** From the service description, where the stream has one. */
  service?: Service;
};

/** Who wants to know of each section as it comes, right or not. The bytes are borrowed for the call. */
export type SectionListener = (pid: number, section: Uint8Array, isRight: boolean, now: Instant) => void;

/** A stream with more programs than that is not described further: the tables are bounded. */
const MOST_PROGRAMS = 512;
/** PIDs whose sections are put together: programs and the fixed ones. */
const MOST_ASSEMBLERS = MOST_PROGRAMS + 16;
const NONE = -1;

/** Tables without a CRC. EN 300 468 §5.1.1. */
const WITHOUT_CRC = new Set([0x70, 0x71, 0x72]);

/**
 * What a transport stream carries, followed while it plays: programs, their streams and their names. A packet of another PID costs one
 * look into a table; a section that says nothing new costs its CRC; only what changes is read.
 */
export class PsiCatalogue {
  /** Counts up with each change of what it says. */
  revision = 0;
  /** When it said something new last. */
  changedAt: Instant | undefined;
  readonly #listener: SectionListener;
  /** Index of the assembler of each PID. */
  readonly #assemblerOf = new Int16Array(PID_COUNT).fill(NONE);
  readonly #assemblers: (SectionAssembler | undefined)[] = [];
  readonly #freePlaces: number[] = [];
  /** CRC_32 of the last section of each PID and section_number, by which a repetition is known. */
  readonly #lastCrc = new Map<number, number>();
  /** Programs of each section of the PAT: program_number to PID. */
  #association = new Map<number, Map<number, number>>();
  #associationVersion = NONE;
  #transportStreamId: number | undefined;
  #maps = new Map<number, ProgramMap>();
  #services = new Map<number, Service>();
  #now: Instant = 0 as Instant;

  constructor(listener: SectionListener = () => {}) {
    this.#listener = listener;
    for (const pid of [PAT_PID, CAT_PID, NIT_PID, SDT_PID, EIT_PID, RST_PID, TDT_PID]) {
      this.#follow(pid);
    }
  }

  get transportStreamId(): number | undefined {
    return this.#transportStreamId;
  }

  /** Programs of the PAT whose map has come, in the order of their numbers. Made anew at each call: for those who ask now and then. */
  programs(): CatalogueProgram[] {
    const found: CatalogueProgram[] = [];
    for (const [programNumber, programMapPid] of this.#pids()) {
      const map = this.#maps.get(programNumber);
      const service = this.#services.get(programNumber);
      if (map !== undefined) {
        found.push({ ...map, programMapPid, ...(service === undefined ? {} : { service }) });
      }
    }
    return found.toSorted((a, b) => a.programNumber - b.programNumber);
  }

  /** PID of each program's map, by program_number; also of programs whose map has not come. */
  programMapPids(): ReadonlyMap<number, number> {
    return new Map(this.#pids());
  }

  /** Takes one packet of the stream. */
  push(bytes: Uint8Array, at: number, now: Instant): void {
    const place = this.#assemblerOf[pidOf(bytes, at)] ?? NONE;
    if (place === NONE || transportError(bytes, at)) {
      return;
    }
    this.#now = now;
    this.#assemblers[place]?.push(bytes, at);
  }

  #take(pid: number, section: Uint8Array): void {
    const isRight = WITHOUT_CRC.has(section[0] ?? 0) || hasRightCrc(section);
    this.#listener(pid, section, isRight, this.#now);
    if (!isRight || section.length < 12 || !this.#isNews(pid, section)) {
      return;
    }
    if (pid === PAT_PID) {
      this.#takeAssociation(section);
    } else if (pid === SDT_PID) {
      this.#takeServices(section);
    } else {
      this.#takeMap(pid, section);
    }
  }

  #isNews(pid: number, section: Uint8Array): boolean {
    const key = (pid << 16) | ((section[0] ?? 0) << 8) | (section[6] ?? 0);
    const end = section.length - 4;
    const crc = ((section[end] ?? 0) << 24) | ((section[end + 1] ?? 0) << 16) | ((section[end + 2] ?? 0) << 8) | (section[end + 3] ?? 0);
    // Several maps may share a PID, and then each of them is news to the other.
    if (this.#lastCrc.get(key) === crc) {
      return false;
    }
    if (this.#lastCrc.size >= MOST_ASSEMBLERS * 2) {
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
      this.#association = new Map();
    }
    this.#association.set(
      table.sectionNumber,
      new Map(table.programs.slice(0, MOST_PROGRAMS).map(({ programNumber, programMapPid }) => [programNumber, programMapPid])),
    );
    this.#followMaps();
    this.#changed();
  }

  #takeMap(pid: number, section: Uint8Array): void {
    const map = readProgramMap(section);
    if (map === undefined || !map.currentNextIndicator || new Map(this.#pids()).get(map.programNumber) !== pid) {
      return;
    }
    // The bytes are borrowed: what is kept is copied.
    this.#maps.set(map.programNumber, structuredCopy(map));
    this.#changed();
  }

  #takeServices(section: Uint8Array): void {
    const table = readServiceDescription(section);
    if (table?.isActual !== true || !table.currentNextIndicator) {
      return;
    }
    for (const service of table.services) {
      if (this.#services.size < MOST_PROGRAMS || this.#services.has(service.serviceId)) {
        this.#services.set(service.serviceId, service);
      }
    }
    this.#changed();
  }

  /** Puts together the sections of those PIDs that the PAT names, and of no others. */
  #followMaps(): void {
    const wanted = new Map(this.#pids());
    const pids = new Set(wanted.values());
    for (const programNumber of this.#maps.keys()) {
      if (!wanted.has(programNumber)) {
        this.#maps.delete(programNumber);
      }
    }
    for (let pid = TDT_PID + 1; pid < PID_COUNT; pid++) {
      if (!pids.has(pid)) {
        this.#unfollow(pid);
      }
    }
    for (const pid of pids) {
      this.#follow(pid);
    }
  }

  #follow(pid: number): void {
    if ((this.#assemblerOf[pid] ?? NONE) !== NONE) {
      return;
    }
    const place = this.#freePlaces.pop() ?? this.#assemblers.length;
    if (place >= MOST_ASSEMBLERS) {
      return;
    }
    this.#assemblers[place] = new SectionAssembler((section) => this.#take(pid, section));
    this.#assemblerOf[pid] = place;
  }

  #unfollow(pid: number): void {
    const place = this.#assemblerOf[pid] ?? NONE;
    if (place !== NONE) {
      this.#assemblers[place] = undefined;
      this.#assemblerOf[pid] = NONE;
      this.#freePlaces.push(place);
    }
  }

  *#pids(): Iterable<[number, number]> {
    for (const programs of this.#association.values()) {
      yield* programs;
    }
  }

  #changed(): void {
    this.revision++;
    this.changedAt = this.#now;
  }
}

const structuredCopy = (map: ProgramMap): ProgramMap => ({
  ...map,
  programInfo: map.programInfo.map(copyOf),
  elementaryStreams: map.elementaryStreams.map((stream) => ({ ...stream, descriptors: stream.descriptors.map(copyOf) })),
});

const copyOf = ({ tag, data }: { tag: number; data: Uint8Array }): { tag: number; data: Uint8Array } => ({ tag, data: data.slice() });
