import { fillRandom, type Random } from "@bilbycast/testkit/random";
import type { LiveTsOptions } from "./live-layout.ts";
import { descriptor, eitBody, patBody, pmtBody, psiSection, sdtBody, sectionPackets } from "./psi-sections.ts";

const SDT_PID = 0x11;
const EIT_PID = 0x12;
const ORIGINAL_NETWORK_ID = 0x20fa;
const H264 = 0x1b;
const MPEG_AUDIO = 0x03;
const PRIVATE_PES = 0x06;
/** A descriptor has one byte of length; this many lets any sum be reached with few. */
const LARGEST_DESCRIPTOR = 200;
const USER_PRIVATE = 0x80;
const REGISTRATION = 0x05;

/** The packets of a table, in order, their continuity counters still 0. */
export type LiveTable = { packets: readonly Uint8Array[]; everyMs: number };

/** PAT and maps, service description, present and following event. What they say follows from the source's number and chance. */
export const liveTables = (options: LiveTsOptions, random: Random): LiveTable[] => {
  const { transportStreamId, programNumber, pmtPid, radio, versions, source } = options;
  const programs: [number, number][] = [
    [programNumber, pmtPid],
    ...(radio === undefined ? [] : [[radio.programNumber, radio.pmtPid] as [number, number]]),
  ];
  const pat = psiSection({ tableId: 0x00, extension: transportStreamId, version: versions.pat, body: patBody(programs) });
  const pmt = (extension: number, body: Uint8Array): Uint8Array => psiSection({ tableId: 0x02, extension, version: versions.pmt, body });
  const maps = [
    ...sectionPackets(pmtPid, pmt(programNumber, mapOf(options, random))),
    ...(radio === undefined ? [] : sectionPackets(radio.pmtPid, pmt(radio.programNumber, radioMapOf(options)))),
  ];
  const services = programs.map(([number], i) => [number, `Source ${source} service ${i}`] as const);
  const body = sdtBody(ORIGINAL_NETWORK_ID, services);
  const sdt = psiSection({ tableId: 0x42, extension: transportStreamId, version: versions.sdt, body });
  const events = ["Present", "Following"].map((name, number) =>
    psiSection({
      tableId: 0x4e,
      extension: programNumber,
      version: versions.eit,
      number,
      last: 1,
      body: eitBody(transportStreamId, ORIGINAL_NETWORK_ID, source * 2 + number, `${name} on source ${source}`),
    }),
  );
  return [
    { packets: [...sectionPackets(0, pat), ...maps], everyMs: 100 },
    { packets: sectionPackets(SDT_PID, sdt), everyMs: 400 },
    { packets: events.flatMap((event) => sectionPackets(EIT_PID, event)), everyMs: 500 },
  ];
};

const mapOf = ({ videoPid, audioPid, dataPid, descriptorBytes }: LiveTsOptions, random: Random): Uint8Array => {
  const descriptors: number[] = [];
  for (let left = descriptorBytes; left > 2; left -= LARGEST_DESCRIPTOR + 2) {
    const size = Math.min(left - 2, LARGEST_DESCRIPTOR);
    descriptors.push(...descriptor(USER_PRIVATE + (descriptors.length % 16), fillRandom(random, new Uint8Array(size))));
  }
  const streams = [
    { type: H264, pid: videoPid },
    { type: MPEG_AUDIO, pid: audioPid },
    {
      type: PRIVATE_PES,
      pid: dataPid,
      descriptors: descriptor(
        REGISTRATION,
        Uint8Array.from("KLVA", (letter) => letter.charCodeAt(0)),
      ),
    },
  ];
  return pmtBody(videoPid, streams, Uint8Array.from(descriptors));
};

const radioMapOf = ({ videoPid, audioPid }: LiveTsOptions): Uint8Array => pmtBody(videoPid, [{ type: MPEG_AUDIO, pid: audioPid }]);
