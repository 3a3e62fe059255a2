import { continuityCounter, hasPayload, PACKET_SIZE, payloadOffset, payloadUnitStart, writeHeader } from "../packet.ts";
import { crcDifference } from "@bilbycast/foundation/bytes";
import { PAT_TABLE, PMT_TABLE } from "../psi/program-tables.ts";

const NONE = -1;
/** version_number has 5 bits. */
const VERSIONS = 31;
const STUFFING = 0xff;
const CRC_SIZE = 4;
/** Where the version_number stands in a section. */
const VERSION_AT = 5;
/** A stream with more tables has the others' versions left as they are. */
const MOST_TABLES = 4_096;
const MOST_PIDS = 600;
/** PIDs below carry tables that a receiver reads without being told where they are. */
const FIRST_FREE_PID = 0x20;

/** How the versions of one table are carried on. */
type Table = { shift: number; last: number; source: number };

/** Where a section of a PID stands: how much of it has passed, and how its CRC is to change. */
class SectionWalk {
  /** Bytes of the section that have passed; NONE outside of one. */
  position = NONE;
  length = 0;
  tableId = 0;
  extension = 0;
  isLong = false;
  difference = 0;
  /** Version that the section says, and the table that has it once the section is whole. */
  version = NONE;
  table: Table | undefined;
  lastCounter = NONE;
  /** Nothing of this source was let through yet: it must begin with the beginning of a section. */
  awaitsStart = false;

  copy(from: SectionWalk): void {
    this.position = from.position;
    this.length = from.length;
    this.tableId = from.tableId;
    this.extension = from.extension;
    this.isLong = from.isLong;
    this.difference = from.difference;
    this.version = from.version;
    this.table = from.table;
  }
}

type Place = { walk: SectionWalk; before: SectionWalk };

/**
 * Carries the versions of tables on over switches: each switch of the source raises the version of every table by one, whatever its own
 * number is, and later changes of the source count from there. Works on packets in their place, over as many as a section takes: the CRC is
 * changed by what the version changed it, so a section that was wrong stays wrong. Before the first switch nothing is written.
 */
export class VersionShift {
  readonly #places = new Map<number, Place>();
  readonly #tables = new Map<number, Table>();
  readonly #lastMapOf = new Map<number, number>();
  #source = 0;

  /** Another source begins. */
  switch(): void {
    this.#source++;
    for (const { walk } of this.#places.values()) {
      walk.awaitsStart = true;
    }
  }

  /**
   * PIDs whose last section was begun and cannot be finished, of those that every receiver reads. To be asked before the first packet of a
   * new source: `abandon` says to receivers that the section is over.
   */
  unfinished(): number[] {
    return [...this.#places].filter(([pid, { walk }]) => pid < FIRST_FREE_PID && walk.position !== NONE).map(([pid]) => pid);
  }

  /** A packet of tables in its place. False: it must not go out, since it goes on with a section whose beginning did not. */
  rewrite(bytes: Uint8Array, at: number, pid: number): boolean {
    if (!hasPayload(bytes, at)) {
      return true;
    }
    const place = this.#place(pid);
    if (place === undefined) {
      return true;
    }
    const { walk, before } = place;
    const begins = payloadUnitStart(bytes, at);
    if (walk.awaitsStart) {
      if (!begins) {
        return false;
      }
      walk.awaitsStart = false;
      walk.position = NONE;
      walk.lastCounter = NONE;
    }
    const counter = continuityCounter(bytes, at);
    if (counter === walk.lastCounter) {
      // A duplicate gets what the first one got. ISO/IEC 13818-1 §2.4.3.3.
      walk.copy(before);
    } else if (walk.lastCounter !== NONE && counter !== ((walk.lastCounter + 1) & 0x0f)) {
      walk.position = NONE;
    }
    before.copy(walk);
    walk.lastCounter = counter;
    this.#packet(bytes, at, pid, walk, begins);
    return true;
  }

  /** As `rewrite`, for packets of whole sections that are sent ahead of the source's own. */
  inject(bytes: Uint8Array, at: number, pid: number): void {
    const place = this.#place(pid);
    if (place !== undefined) {
      this.#packet(bytes, at, pid, place.walk, payloadUnitStart(bytes, at));
    }
  }

  #place(pid: number): Place | undefined {
    let place = this.#places.get(pid);
    if (place === undefined && this.#places.size < MOST_PIDS) {
      place = { walk: new SectionWalk(), before: new SectionWalk() };
      place.walk.awaitsStart = this.#source > 0;
      this.#places.set(pid, place);
    }
    return place;
  }

  #packet(bytes: Uint8Array, at: number, pid: number, walk: SectionWalk, begins: boolean): void {
    const end = at + PACKET_SIZE;
    const start = at + payloadOffset(bytes, at);
    if (!begins) {
      if (walk.position !== NONE) {
        this.#walk(bytes, start, end, pid, walk);
      }
      return;
    }
    const first = start + 1 + (bytes[start] ?? 0);
    if (start >= end || first > end) {
      walk.position = NONE;
      return;
    }
    if (walk.position !== NONE) {
      this.#walk(bytes, start + 1, first, pid, walk);
    }
    walk.position = NONE;
    this.#walk(bytes, first, end, pid, walk);
  }

  /** Sections one behind the other, until stuffing or the end. */
  #walk(bytes: Uint8Array, from: number, end: number, pid: number, walk: SectionWalk): void {
    for (let at = from; at < end;) {
      if (walk.position === NONE) {
        if (bytes[at] === STUFFING) {
          return;
        }
        walk.position = 0;
        walk.difference = 0;
        walk.table = undefined;
        walk.length = Infinity;
      }
      if (walk.position <= VERSION_AT) {
        this.#head(bytes, at, pid, walk);
        at++;
        walk.position++;
      } else {
        const taken = Math.min(walk.length - walk.position, end - at);
        if (walk.difference !== 0) {
          changeCrc(bytes, at, taken, walk);
        }
        walk.position += taken;
        at += taken;
      }
      if (walk.position >= walk.length) {
        walk.position = NONE;
        this.#finish(pid, walk);
      }
    }
  }

  /** One of the first bytes of a section. */
  #head(bytes: Uint8Array, at: number, pid: number, walk: SectionWalk): void {
    const byte = bytes[at] ?? 0;
    switch (walk.position) {
      case 0:
        walk.tableId = byte;
        break;
      case 1:
        walk.isLong = (byte & 0x80) !== 0;
        walk.extension = byte & 0x0f;
        break;
      case 2:
        walk.length = 3 + ((walk.extension << 8) | byte);
        break;
      case 3:
        walk.extension = byte << 8;
        break;
      case 4:
        walk.extension |= byte;
        break;
      default:
        if (walk.isLong && walk.length >= VERSION_AT + 1 + CRC_SIZE) {
          this.#version(bytes, at, pid, walk);
        }
    }
  }

  #version(bytes: Uint8Array, at: number, pid: number, walk: SectionWalk): void {
    const byte = bytes[at] ?? 0;
    const version = (byte >> 1) & VERSIONS;
    const isCurrent = (byte & 1) !== 0;
    const table = this.#table(pid, walk.tableId, walk.extension);
    if (table === undefined) {
      return;
    }
    if (table.source !== this.#source) {
      table.source = this.#source;
      // What is announced has the version behind the one that is valid.
      table.shift = (table.last + (isCurrent ? 1 : 2) - version) & VERSIONS;
    }
    const shifted = (version + table.shift) & VERSIONS;
    walk.table = isCurrent ? table : undefined;
    walk.version = shifted;
    if (shifted !== version) {
      const difference = (version ^ shifted) << 1;
      bytes[at] = byte ^ difference;
      walk.difference = crcDifference(difference, walk.length - CRC_SIZE - VERSION_AT - 1);
    }
  }

  /** A receiver takes a version from a section that it has whole. */
  #finish(pid: number, { table, tableId, version }: SectionWalk): void {
    if (table !== undefined) {
      table.last = version;
      if (tableId === PMT_TABLE) {
        this.#lastMapOf.set(pid, version);
      }
    }
  }

  #table(pid: number, tableId: number, extension: number): Table | undefined {
    // Receivers know the PAT by its PID: another transport_stream_id does not make it another table.
    const key = (pid * 256 + tableId) * 65_536 + (tableId === PAT_TABLE ? 0 : extension);
    const known = this.#tables.get(key);
    if (known !== undefined || this.#tables.size >= MOST_TABLES) {
      return known;
    }
    // Some receivers know a map by its PID alone.
    const last = tableId === PMT_TABLE ? this.#lastMapOf.get(pid) : undefined;
    const table = { shift: 0, last: last ?? 0, source: last === undefined ? this.#source : NONE };
    this.#tables.set(key, table);
    return table;
  }
}

/** Changes those of `count` bytes that belong to the CRC. */
const changeCrc = (bytes: Uint8Array, at: number, count: number, walk: SectionWalk): void => {
  const crc = walk.length - CRC_SIZE;
  for (let i = Math.max(0, crc - walk.position); i < count; i++) {
    const shift = 24 - 8 * (walk.position + i - crc);
    bytes[at + i] = (bytes[at + i] ?? 0) ^ ((walk.difference >>> shift) & 0xff);
  }
};

/** Writes a packet that ends whatever section was begun on its PID: nothing but stuffing. ISO/IEC 13818-1 §2.4.4.1. */
export const writeEndOfSections = (bytes: Uint8Array, at: number, pid: number): void => {
  bytes.fill(STUFFING, at, at + PACKET_SIZE);
  writeHeader(bytes, at, { pid, payloadUnitStart: true });
  bytes[at + 4] = 0;
};
