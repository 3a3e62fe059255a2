import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, writeDescriptors, type Descriptor } from "./descriptors.ts";
import { readSection, writeSection, type Section } from "./section.ts";

/** ISO/IEC 13818-1 table 2-31. */
export const PAT_TABLE = 0x00;
export const CAT_TABLE = 0x01;
export const PMT_TABLE = 0x02;

export const PAT_PID = 0x0000;
export const CAT_PID = 0x0001;

/** program_association_section. §2.4.4.3. */
export type ProgramAssociation = {
  transportStreamId: number;
  versionNumber: number;
  currentNextIndicator: boolean;
  sectionNumber: number;
  lastSectionNumber: number;
  /** program_number 1 to 65535 and the PID of its map, in the order of the section. */
  programs: { programNumber: number; programMapPid: number }[];
  /** PID of the network information, which stands under program_number 0. */
  networkPid?: number;
};

/** One elementary stream of a program. */
export type ElementaryStream = { streamType: number; pid: number; descriptors: Descriptor[] };

/** TS_program_map_section. §2.4.4.8. */
export type ProgramMap = {
  programNumber: number;
  versionNumber: number;
  currentNextIndicator: boolean;
  /** 0x1FFF: the program has no PCR. */
  pcrPid: number;
  programInfo: Descriptor[];
  elementaryStreams: ElementaryStream[];
};

/** conditional_access_section. §2.4.4.6. */
export type ConditionalAccess = { versionNumber: number; descriptors: Descriptor[] };

/** `undefined` for anything that is no right PAT section. */
export const readProgramAssociation = (bytes: Uint8Array): ProgramAssociation | undefined => {
  const section = readSection(bytes);
  if (section?.tableId !== PAT_TABLE) {
    return undefined;
  }
  const { body, tableIdExtension: transportStreamId, versionNumber, currentNextIndicator, sectionNumber, lastSectionNumber } = section;
  const programs: ProgramAssociation["programs"] = [];
  let networkPid: number | undefined;
  for (let at = 0; at + 4 <= body.length; at += 4) {
    const programNumber = u16(body, at);
    const pid = u16(body, at + 2) & 0x1fff;
    if (programNumber === 0) {
      networkPid ??= pid;
    } else {
      programs.push({ programNumber, programMapPid: pid });
    }
  }
  const table = { transportStreamId, versionNumber, currentNextIndicator, sectionNumber, lastSectionNumber, programs };
  return networkPid === undefined ? table : { ...table, networkPid };
};

export const writeProgramAssociation = (table: ProgramAssociation): Uint8Array => {
  const entries =
    table.networkPid === undefined ? table.programs : [{ programNumber: 0, programMapPid: table.networkPid }, ...table.programs];
  const body = new Uint8Array(entries.length * 4);
  for (const [i, { programNumber, programMapPid }] of entries.entries()) {
    setU16(body, i * 4, programNumber);
    setU16(body, i * 4 + 2, 0xe000 | programMapPid);
  }
  return writeSection({ ...headOf(table), tableId: PAT_TABLE, tableIdExtension: table.transportStreamId, body });
};

/** `undefined` for anything that is no right PMT section; streams behind one that does not fit are left out. */
export const readProgramMap = (bytes: Uint8Array): ProgramMap | undefined => {
  const section = readSection(bytes);
  if (section?.tableId !== PMT_TABLE || section.body.length < 4) {
    return undefined;
  }
  const { body, tableIdExtension: programNumber, versionNumber, currentNextIndicator } = section;
  const infoEnd = 4 + (u16(body, 2) & 0x0fff);
  if (infoEnd > body.length) {
    return undefined;
  }
  const elementaryStreams: ElementaryStream[] = [];
  for (let at = infoEnd; at + 5 <= body.length;) {
    const end = at + 5 + (u16(body, at + 3) & 0x0fff);
    if (end > body.length) {
      break;
    }
    elementaryStreams.push({ streamType: body[at] ?? 0, pid: u16(body, at + 1) & 0x1fff, descriptors: readDescriptors(body, at + 5, end) });
    at = end;
  }
  const pcrPid = u16(body, 0) & 0x1fff;
  return { programNumber, versionNumber, currentNextIndicator, pcrPid, programInfo: readDescriptors(body, 4, infoEnd), elementaryStreams };
};

export const writeProgramMap = (map: ProgramMap): Uint8Array => {
  const info = writeDescriptors(map.programInfo);
  const streams = map.elementaryStreams.map(({ streamType, pid, descriptors }) => {
    const list = writeDescriptors(descriptors);
    const entry = new Uint8Array(5 + list.length);
    entry[0] = streamType;
    setU16(entry, 1, 0xe000 | pid);
    setU16(entry, 3, 0xf000 | list.length);
    entry.set(list, 5);
    return entry;
  });
  const body = new Uint8Array(4 + info.length + streams.reduce((size, entry) => size + entry.length, 0));
  setU16(body, 0, 0xe000 | map.pcrPid);
  setU16(body, 2, 0xf000 | info.length);
  body.set(info, 4);
  let at = 4 + info.length;
  for (const entry of streams) {
    body.set(entry, at);
    at += entry.length;
  }
  const head = { ...headOf(map), sectionNumber: 0, lastSectionNumber: 0 };
  return writeSection({ ...head, tableId: PMT_TABLE, tableIdExtension: map.programNumber, body });
};

/** `undefined` for anything that is no right CAT section. */
export const readConditionalAccess = (bytes: Uint8Array): ConditionalAccess | undefined => {
  const section = readSection(bytes);
  if (section?.tableId !== CAT_TABLE) {
    return undefined;
  }
  return { versionNumber: section.versionNumber, descriptors: readDescriptors(section.body, 0, section.body.length) };
};

type Head = Pick<Section, "versionNumber" | "currentNextIndicator"> & Partial<Pick<Section, "sectionNumber" | "lastSectionNumber">>;

const headOf = (table: Head): Pick<Section, "versionNumber" | "currentNextIndicator" | "sectionNumber" | "lastSectionNumber"> => ({
  versionNumber: table.versionNumber,
  currentNextIndicator: table.currentNextIndicator,
  sectionNumber: table.sectionNumber ?? 0,
  lastSectionNumber: table.lastSectionNumber ?? 0,
});
