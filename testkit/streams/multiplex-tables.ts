import { setU16 } from "@bilbycast/foundation/bytes";
import { writeProgramAssociation, writeProgramMap, writeSection, type Descriptor } from "@bilbycast/protocols/mpegts";

/** PIDs of the program with this index, 0 or more. */
export const mapPid = (program: number): number => 0x100 + program * 0x10;
export const videoPid = (program: number): number => mapPid(program) + 1;
export const audioPid = (program: number): number => mapPid(program) + 2;
export const subtitlePid = (program: number): number => mapPid(program) + 3;
export const ecmPid = (program: number): number => mapPid(program) + 4;
export const EMM_PID = 0x1ff0;

const CA_SYSTEM = 0x0b00;
const H264 = 0x1b;
const MPEG_AUDIO = 0x03;
const PRIVATE_PES = 0x06;

const head = { versionNumber: 0, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 };

const access = (pid: number): Descriptor => {
  const data = new Uint8Array(4);
  setU16(data, 0, CA_SYSTEM);
  setU16(data, 2, 0xe000 | pid);
  return { tag: 0x09, data };
};

/** A PAT of so many programs, numbered from 1. */
export const association = (programs: number): Uint8Array =>
  writeProgramAssociation({
    ...head,
    transportStreamId: 1,
    programs: Array.from({ length: programs }, (_, i) => ({ programNumber: i + 1, programMapPid: mapPid(i) })),
  });

/** The map of a program: H.264 with the PCR, MPEG audio, subtitles; with `isScrambled` a stream of ECMs. `more`: other PIDs with pictures. */
export const programMap = (program: number, isScrambled: boolean, versionNumber = 0, more: readonly number[] = []): Uint8Array =>
  writeProgramMap({
    programNumber: program + 1,
    versionNumber,
    currentNextIndicator: true,
    pcrPid: videoPid(program),
    programInfo: isScrambled ? [access(ecmPid(program))] : [],
    elementaryStreams: [
      { streamType: H264, pid: videoPid(program), descriptors: [] },
      { streamType: MPEG_AUDIO, pid: audioPid(program), descriptors: [] },
      {
        streamType: PRIVATE_PES,
        pid: subtitlePid(program),
        descriptors: [{ tag: 0x59, data: Uint8Array.of(101, 110, 103, 16, 0, 1, 0, 1) }],
      },
      ...more.map((pid) => ({ streamType: H264, pid, descriptors: [] })),
    ],
  });

export const conditionalAccess = (): Uint8Array => {
  const { tag, data } = access(EMM_PID);
  return writeSection({ ...head, tableId: 0x01, tableIdExtension: 0xffff, body: Uint8Array.of(tag, data.length, ...data) });
};

/** A section of service information with nothing in it but its head: NIT, SDT, EIT and others by their table_id. */
export const serviceInformation = (tableId: number, tableIdExtension = 1, sectionNumber = 0): Uint8Array => {
  const body = { 0x40: [0xf0, 0, 0xf0, 0], 0x42: [0, 1, 0xff], 0x4e: [0, 1, 0, 1, 0, 0x4e] }[tableId] ?? [0, 1, 0xff];
  return writeSection({ ...head, tableId, tableIdExtension, sectionNumber, lastSectionNumber: sectionNumber, body: Uint8Array.from(body) });
};

/** A TDT: no long header and no CRC. */
export const timeAndDate = (): Uint8Array => Uint8Array.of(0x70, 0x70, 5, 0xee, 0x3c, 0x12, 0x34, 0x56);
