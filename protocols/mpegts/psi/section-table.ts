import { check } from "@bilbycast/foundation/check";
import { LONG_SECTION_OVERHEAD, writeSection, type Section } from "./section.ts";

/** A section of PSI and of most SI tables has at most so many bytes: section_length is at most 1021. ISO/IEC 13818-1 §2.4.4.4, EN 300 468 §5.2. */
export const LONGEST_PSI_SECTION = 1_024;
/** section_number has 8 bits. */
const MOST_SECTIONS = 256;

/** What all sections of a table have in common. */
export type TableHead = Pick<Section, "tableId" | "tableIdExtension" | "versionNumber" | "currentNextIndicator">;

/** Bytes between the header and the CRC of a section that is `longest` bytes at most. */
export const bodyRoom = (longest: number): number => longest - LONG_SECTION_OVERHEAD;

/** The sections of a table with these bodies, numbered. A table has one section at least and 256 at most. */
export const writeSections = (head: TableHead, bodies: readonly Uint8Array[]): Uint8Array[] => {
  check(bodies.length > 0 && bodies.length <= MOST_SECTIONS, "a table has 1 to 256 sections");
  return bodies.map((body, sectionNumber) => writeSection({ ...head, sectionNumber, lastSectionNumber: bodies.length - 1, body }));
};

/**
 * Entries one behind the other, as many in each run as `room` bytes hold, in the first run `firstRoom`; none is cut.
 * There is one run at least; the first is empty where `firstRoom` is too small for the first entry.
 */
export const packEntries = (entries: readonly Uint8Array[], room: number, firstRoom = room): Uint8Array[] => {
  const runs: Uint8Array[][] = [[]];
  let left = firstRoom;
  for (const entry of entries) {
    check(entry.length <= room, "an entry of a table fits a section");
    if (entry.length > left) {
      runs.push([]);
      left = room;
    }
    runs.at(-1)?.push(entry);
    left -= entry.length;
  }
  return runs.map((run) => joined(...run));
};

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
