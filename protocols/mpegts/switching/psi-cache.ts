import { PACKET_SIZE, pid as pidOf, PID_COUNT, transportError } from "../packet.ts";
import {
  CAT_PID,
  PAT_PID,
  PAT_TABLE,
  PMT_TABLE,
  readProgramAssociation,
  readProgramMap,
  type ElementaryStream,
} from "../psi/program-tables.ts";
import { packetizeSection, packetsOfSection } from "../psi/section-packetizer.ts";
import { SectionAssembler } from "../psi/section-assembler.ts";
import { hasRightCrc } from "../psi/section.ts";
import { EIT_PID, NIT_PID, SDT_PID } from "../psi/service-information.ts";

/** What a PID carries, as far as a switch must know. */
export const IS_TABLE = 1;
export const IS_VIDEO = 2;
export const IS_AUDIO = 4;
/** A table that is followed here: the PAT or a map. */
const IS_FOLLOWED = 8;

/** Programs whose maps are kept; a stream with more is switched without the others. */
const MOST_PROGRAMS = 512;
/** Sections that are kept: a PAT of several and the maps. */
const MOST_SECTIONS = MOST_PROGRAMS + 16;

/** Tables whose sections have versions that a switch must carry on, besides the maps. */
const TABLE_PIDS = [PAT_PID, CAT_PID, NIT_PID, SDT_PID, EIT_PID];

/** ISO/IEC 13818-1 table 2-34. */
const VIDEO_TYPES = new Set([0x01, 0x02, 0x10, 0x1b, 0x20, 0x24, 0x25, 0x32, 0x33, 0x42, 0xd1, 0xea]);
const AUDIO_TYPES = new Set([0x03, 0x04, 0x0f, 0x11, 0x1c, 0x81, 0x87]);

/** A section as it is kept: its bytes, and where they come from. */
type KeptSection = { pid: number; bytes: Uint8Array };

/**
 * The newest PAT and maps of one input, also of one that stands by, so that they can be sent at once when it goes on air.
 * A packet of another PID costs one look into a table.
 */
export class PsiCache {
  /** Bits of IS_TABLE, IS_VIDEO and IS_AUDIO by PID. */
  readonly roles = new Uint8Array(PID_COUNT);
  /** Video stream type by PID; 0 for others. */
  readonly videoTypes = new Uint8Array(PID_COUNT);
  /** Whether some program is said to have pictures, or sound. */
  hasVideo = false;
  hasAudio = false;
  readonly #assemblers = new Map<number, SectionAssembler>();
  /** PAT sections by section_number. */
  #association = new Map<number, KeptSection>();
  /** Maps by program_number. */
  readonly #maps = new Map<number, KeptSection>();
  /** PID of each map by program_number, of each section of the PAT. */
  #programs = new Map<number, Map<number, number>>();
  #version = -1;
  #transportStreamId = -1;

  constructor() {
    this.#mark();
  }

  /** Takes the packets in bytes [at, end). Returns whether one of them belongs to a table. */
  scan(bytes: Uint8Array, at: number, end: number): boolean {
    const { roles } = this;
    let found = false;
    for (let packet = at; packet + PACKET_SIZE <= end; packet += PACKET_SIZE) {
      const pid = pidOf(bytes, packet);
      const role = roles[pid] ?? 0;
      if ((role & IS_TABLE) !== 0 && !transportError(bytes, packet)) {
        found = true;
        if ((role & IS_FOLLOWED) !== 0) {
          this.#assemblers.get(pid)?.push(bytes, packet);
        }
      }
    }
    return found;
  }

  /** The input was closed, opened again or is another one: nothing that was cut off goes on. */
  begin(): void {
    for (const assembler of this.#assemblers.values()) {
      assembler.reset();
    }
  }

  /** There is a PAT, so that the tables can be sent ahead. */
  get isKnown(): boolean {
    return this.#association.size > 0;
  }

  /** PIDs whose tables `packets` brings. */
  pids(): Set<number> {
    return new Set(this.#sections().map(({ pid }) => pid));
  }

  /**
   * PAT and maps in packets, as the source sent them last, at most `most` packets; counters begin at 0 on each PID. Whole sections only:
   * what does not fit is left to the source. Not for hot paths.
   */
  packets(most: number): Uint8Array {
    const counters = new Map<number, number>();
    const parts: Uint8Array[] = [];
    let count = 0;
    for (const { pid, bytes } of this.#sections()) {
      const needed = packetsOfSection(bytes);
      if (count + needed > most) {
        break;
      }
      const counter = counters.get(pid) ?? 0;
      parts.push(packetizeSection(bytes, pid, counter));
      counters.set(pid, counter + needed);
      count += needed;
    }
    const all = new Uint8Array(count * PACKET_SIZE);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #sections(): KeptSection[] {
    const pat = [...this.#association].toSorted(([a], [b]) => a - b).map(([, kept]) => kept);
    return [...pat, ...this.#maps.values()];
  }

  #take(pid: number, section: Uint8Array): void {
    const tableId = section[0] ?? 0;
    if (section.length < 12 || !hasRightCrc(section)) {
      return;
    }
    if (pid === PAT_PID && tableId === PAT_TABLE) {
      this.#takeAssociation(section);
    } else if (tableId === PMT_TABLE) {
      this.#takeMap(pid, section);
    }
  }

  #takeAssociation(section: Uint8Array): void {
    const number = section[6] ?? 0;
    if (isSame(this.#association.get(number)?.bytes, section)) {
      return;
    }
    const table = readProgramAssociation(section);
    if (table === undefined || !table.currentNextIndicator) {
      return;
    }
    if (table.versionNumber !== this.#version || table.transportStreamId !== this.#transportStreamId) {
      this.#version = table.versionNumber;
      this.#transportStreamId = table.transportStreamId;
      this.#association = new Map();
      this.#programs = new Map();
    }
    this.#association.set(number, { pid: PAT_PID, bytes: section.slice() });
    this.#programs.set(
      number,
      new Map(table.programs.slice(0, MOST_PROGRAMS).map(({ programNumber, programMapPid }) => [programNumber, programMapPid])),
    );
    this.#followMaps();
  }

  #takeMap(pid: number, section: Uint8Array): void {
    const programNumber = ((section[3] ?? 0) << 8) | (section[4] ?? 0);
    if (isSame(this.#maps.get(programNumber)?.bytes, section) || this.#mapPids().get(programNumber) !== pid) {
      return;
    }
    const map = readProgramMap(section);
    if (map !== undefined && map.currentNextIndicator && (this.#maps.size < MOST_SECTIONS || this.#maps.has(programNumber))) {
      this.#maps.set(programNumber, { pid, bytes: section.slice() });
      this.#mark();
    }
  }

  #mapPids(): Map<number, number> {
    return new Map([...this.#programs.values()].flatMap((programs) => [...programs]));
  }

  #followMaps(): void {
    const wanted = this.#mapPids();
    const pids = new Set(wanted.values());
    for (const [programNumber, { pid }] of this.#maps) {
      if (wanted.get(programNumber) !== pid) {
        this.#maps.delete(programNumber);
      }
    }
    for (const pid of this.#assemblers.keys()) {
      if (!pids.has(pid) && pid !== PAT_PID) {
        this.#assemblers.delete(pid);
      }
    }
    for (const pid of pids) {
      if (!this.#assemblers.has(pid) && this.#assemblers.size < MOST_SECTIONS) {
        this.#follow(pid);
      }
    }
    this.#mark();
  }

  #follow(pid: number): void {
    this.#assemblers.set(pid, new SectionAssembler((section) => this.#take(pid, section)));
  }

  /** Says anew what each PID carries. */
  #mark(): void {
    const { roles, videoTypes } = this;
    roles.fill(0);
    videoTypes.fill(0);
    for (const { bytes } of this.#maps.values()) {
      for (const stream of readProgramMap(bytes)?.elementaryStreams ?? []) {
        markStream(roles, videoTypes, stream);
      }
    }
    this.hasVideo = roles.includes(IS_VIDEO);
    this.hasAudio = roles.includes(IS_AUDIO);
    for (const pid of TABLE_PIDS) {
      roles[pid] = IS_TABLE;
    }
    if (!this.#assemblers.has(PAT_PID)) {
      this.#follow(PAT_PID);
    }
    for (const pid of this.#assemblers.keys()) {
      roles[pid] = IS_TABLE | IS_FOLLOWED;
    }
  }
}

const markStream = (roles: Uint8Array, videoTypes: Uint8Array, { pid, streamType }: ElementaryStream): void => {
  if (VIDEO_TYPES.has(streamType)) {
    roles[pid] = IS_VIDEO;
    videoTypes[pid] = streamType;
  } else if (AUDIO_TYPES.has(streamType)) {
    roles[pid] = IS_AUDIO;
  }
};

/** The bytes differ nowhere; a table is repeated often and changes seldom. */
const isSame = (known: Uint8Array | undefined, section: Uint8Array): boolean => {
  if (known?.length !== section.length) {
    return false;
  }
  for (let i = known.length - 1; i >= 0; i--) {
    if (known[i] !== section[i]) {
      return false;
    }
  }
  return true;
};
