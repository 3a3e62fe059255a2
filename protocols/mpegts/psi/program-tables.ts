import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { readDescriptors, writeDescriptors, type Descriptor } from "./descriptors.ts";
import { headOf, readSection, writeSection, type SectionHead } from "./section.ts";
import { bodyRoom, joined, LONGEST_PSI_SECTION, packEntries, writeSections } from "./section-table.ts";

/** ISO/IEC 13818-1 table 2-31. */
export const PAT_TABLE = 0x00;
export const CAT_TABLE = 0x01;
export const PMT_TABLE = 0x02;

export const PAT_PID = 0x0000;
export const CAT_PID = 0x0001;

/** program_association_section. §2.4.4.3. */
export type ProgramAssociation = SectionHead & {
  transportStreamId: number;
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
export type ConditionalAccess = SectionHead & { descriptors: Descriptor[] };

/** `undefined` for anything that is no right PAT section. */
export const readProgramAssociation = (bytes: Uint8Array): ProgramAssociation | undefined => {
  const section = readSection(bytes);
  if (section?.tableId !== PAT_TABLE) {
    return undefined;
  }
  const { body, tableIdExtension: transportStreamId } = section;
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
  const table = { ...headOf(section), transportStreamId, programs };
  return networkPid === undefined ? table : { ...table, networkPid };
};

/** One section as it says itself. */
export const writeProgramAssociation = (table: ProgramAssociation): Uint8Array =>
  writeSection({
    ...headOf(table),
    tableId: PAT_TABLE,
    tableIdExtension: table.transportStreamId,
    body: joined(...programEntries(table)),
  });

/** A table of any size, in as many sections as it takes: 253 programs each. */
export const writeProgramAssociationTable = (table: Omit<ProgramAssociation, "sectionNumber" | "lastSectionNumber">): Uint8Array[] => {
  const { transportStreamId: tableIdExtension, versionNumber, currentNextIndicator } = table;
  const head = { tableId: PAT_TABLE, tableIdExtension, versionNumber, currentNextIndicator };
  return writeSections(head, packEntries(programEntries(table), bodyRoom(LONGEST_PSI_SECTION)));
};

const programEntries = ({ networkPid, programs }: Pick<ProgramAssociation, "networkPid" | "programs">): Uint8Array[] => {
  const network = networkPid === undefined ? [] : [{ programNumber: 0, programMapPid: networkPid }];
  return [...network, ...programs].map(({ programNumber, programMapPid }) => {
    const entry = new Uint8Array(4);
    setU16(entry, 0, programNumber);
    setU16(entry, 2, 0xe000 | programMapPid);
    return entry;
  });
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

/** A map is one section of 1024 bytes at most; nobody here sees to it that `map` is no longer. */
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
  const body = joined(new Uint8Array(4), info, ...streams);
  setU16(body, 0, 0xe000 | map.pcrPid);
  setU16(body, 2, 0xf000 | info.length);
  const { programNumber: tableIdExtension, versionNumber, currentNextIndicator } = map;
  const head = { versionNumber, currentNextIndicator, sectionNumber: 0, lastSectionNumber: 0 };
  return writeSection({ ...head, tableId: PMT_TABLE, tableIdExtension, body });
};

/** `undefined` for anything that is no right CAT section. */
export const readConditionalAccess = (bytes: Uint8Array): ConditionalAccess | undefined => {
  const section = readSection(bytes);
  if (section?.tableId !== CAT_TABLE) {
    return undefined;
  }
  return { ...headOf(section), descriptors: readDescriptors(section.body, 0, section.body.length) };
};

/** A table of any size, in as many sections as its descriptors take. */
export const writeConditionalAccessTable = (table: Omit<ConditionalAccess, "sectionNumber" | "lastSectionNumber">): Uint8Array[] => {
  const { versionNumber, currentNextIndicator, descriptors } = table;
  // All bits where other tables say what they are of are reserved.
  const head = { tableId: CAT_TABLE, tableIdExtension: 0xffff, versionNumber, currentNextIndicator };
  return writeSections(
    head,
    packEntries(
      descriptors.map((each) => writeDescriptors([each])),
      bodyRoom(LONGEST_PSI_SECTION),
    ),
  );
};
