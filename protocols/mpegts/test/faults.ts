import { programMap, serviceInformation, videoPid, type Part, type Script } from "@bilbycast/testkit/streams";
import { PCR_HZ, setDiscontinuityIndicator, writeHeader, writeProgramMap } from "../index.ts";
import { altered, during, replaced, spoiled, without, type Fault } from "./fault-run.ts";

const PACKET_SIZE = 188;
const TICKS_PER_MS = PCR_HZ / 1_000;

const flip =
  (byte: number, bits: number) =>
  (packet: Uint8Array): void => {
    packet[byte] = (packet[byte] ?? 0) ^ bits;
  };
const scramble = flip(3, 0x80);
const damage = flip(1, 0x80);
const noSync = flip(0, 0x01);

/** A right section of another table. */
const asTable = (tableId: number) => (): Uint8Array => serviceInformation(tableId);

/** A packet of a PID that no table names. */
const stray = (pid: number): Uint8Array => {
  const packet = new Uint8Array(PACKET_SIZE);
  writeHeader(packet, 0, { pid });
  return packet;
};
let strays = 0;
const STRANGER = 0x1abc;

/** Spoils the next packets of all kinds. */
const anyPacket = (from: number, count: number, spoil: (packet: Uint8Array) => void): Script => {
  let done = 0;
  return {
    packet: (packet, _part, at) => {
      if (at >= from * 1_000 && done++ < count) {
        spoil(packet);
      }
      return [packet];
    },
  };
};

const silence = (from: number, to: number): Script => ({ packet: (packet, _part, at) => (during(from, to)(at) ? [] : [packet]) });

/** Two packets change places. */
const swapped = (part: Part, from: number): Script => {
  let held: Uint8Array | undefined;
  return altered(part, from, 2, (packet, i) => {
    held = i === 0 ? packet : held;
    return i === 0 || held === undefined ? [] : [packet, held];
  });
};

/** A map that names only the picture. */
const silentMap = writeProgramMap({
  programNumber: 1,
  versionNumber: 1,
  currentNextIndicator: true,
  pcrPid: videoPid(0),
  programInfo: [],
  elementaryStreams: [{ streamType: 0x1b, pid: videoPid(0), descriptors: [] }],
});

const priorityOne: Fault[] = [
  { title: "five packets in a row have no sync byte", errors: { syncLoss: 1, syncByte: 5 }, script: anyPacket(3_000, 5, noSync) },
  { title: "nothing comes for 800 ms", errors: { syncLoss: 1 }, script: silence(3_000, 3_800) },
  {
    title: "nothing comes for 4 s: one loss of sync, and no error for each table",
    errors: { syncLoss: 1 },
    script: silence(3_000, 7_000),
    seconds: 10,
  },
  {
    title: "the receiver lost the grid of packets in what it was sent",
    errors: { syncLoss: 1 },
    events: [{ at: 3_000, run: ({ analyser, now }) => analyser.syncLost(now) }],
  },
  { title: "one packet has no sync byte", errors: { syncByte: 1 }, script: anyPacket(3_000, 1, noSync) },
  { title: "four packets in a row have no sync byte", errors: { syncByte: 4 }, script: anyPacket(3_000, 4, noSync) },
  { title: "the PAT is missing for 600 ms", errors: { pat: 1 }, script: without("pat", 3_000, 3_500) },
  { title: "a section of table_id 1 is on the PID of the PAT", errors: { pat: 1 }, script: replaced("pat", 3_000, 3_100, asTable(0x01)) },
  { title: "a PAT is scrambled", errors: { pat: 1 }, script: spoiled("pat", 3_000, 1, scramble) },
  { title: "one packet is lost", errors: { continuityCounter: 1 }, script: altered("video", 3_000, 1, () => []) },
  {
    title: "a packet comes three times",
    errors: { continuityCounter: 1 },
    script: altered("video", 3_000, 1, (packet) => [packet, packet, packet]),
  },
  { title: "two packets come in the wrong order", errors: { continuityCounter: 3 }, script: swapped("video", 3_010) },
  { title: "a datagram of seven packets is lost", errors: { continuityCounter: 1 }, script: altered("video", 3_005, 7, () => []) },
  { title: "a map is missing for 600 ms", errors: { pmt: 1 }, script: without("pmt", 3_000, 3_500) },
  { title: "a map is scrambled", errors: { pmt: 1 }, script: spoiled("pmt", 3_000, 1, scramble) },
  {
    title: "another table comes instead of the map for 600 ms",
    errors: { pmt: 1 },
    script: replaced("pmt", 3_000, 3_500, asTable(0xc0)),
  },
  {
    title: "a map names pictures that never come",
    errors: { pid: 1 },
    seconds: 12,
    script: { section: (part, section) => (part === "pmt" ? programMap(0, false, 0, [0x1aa]) : section) },
  },
  {
    title: "the sound stops for 6 s: its PTS are missed until the PID is",
    errors: { pid: 1, pts: 6 },
    seconds: 12,
    script: without("audio", 3_000, 9_000),
  },
];

const priorityTwo: Fault[] = [
  { title: "transport_error_indicator is set in one packet", errors: { transport: 1 }, script: spoiled("video", 3_000, 1, damage) },
  {
    title: "transport_error_indicator is set in twenty packets of all kinds",
    errors: { transport: 20 },
    script: anyPacket(3_000, 20, damage),
  },
  { title: "a bit of the PAT is wrong", errors: { crc: 1 }, script: spoiled("pat", 3_000, 1, flip(9, 1)) },
  {
    title: "a bit of the map's CRC is wrong",
    errors: { crc: 1 },
    script: spoiled("pmt", 3_000, 1, (p) =>
      flip(
        p.findLastIndex((byte) => byte !== 0xff),
        0x10,
      )(p),
    ),
  },
  { title: "a bit of the SDT is wrong", errors: { crc: 1 }, script: spoiled("sdt", 3_000, 1, flip(13, 1)) },
  { title: "no PCR for 175 ms", errors: { pcrRepetition: 1 }, script: { pcr: (pcr, at) => (during(3_010, 3_150)(at) ? undefined : pcr) } },
  {
    title: "a PCR every 120 ms for 600 ms",
    errors: { pcrRepetition: 5 },
    options: { pcrEvery: 40_000 },
    script: { pcr: (pcr, at) => (during(3_000, 3_600)(at) && Math.floor(at / 40_000) % 3 !== 0 ? undefined : pcr) },
  },
  {
    title: "no PCR at all for 3.5 s: once for each second",
    errors: { pcrRepetition: 3 },
    script: { pcr: (pcr, at) => (during(3_000, 6_500)(at) ? undefined : pcr) },
  },
  {
    title: "the PCR jumps ahead by 5 s",
    errors: { pcrDiscontinuity: 1 },
    script: { pcr: (pcr, at) => (at < 3_000_000 ? pcr : pcr + 5 * PCR_HZ) },
  },
  {
    title: "the PCR jumps back by 40 ms",
    errors: { pcrDiscontinuity: 1 },
    options: { firstPcr: PCR_HZ },
    script: { pcr: (pcr, at) => (at < 3_000_000 ? pcr : pcr - 40 * TICKS_PER_MS) },
  },
  {
    title: "the network holds everything back for 300 ms and then delivers it at once",
    errors: { pcrAccuracy: 7 },
    arrival: (at) => (during(3_000, 3_300)(at) ? 3_300_000 : at),
  },
  {
    title: "the path becomes 150 ms longer",
    errors: { pcrAccuracy: 2 },
    arrival: (at) => (at < 3_000_000 ? at : Math.max(3_150_000, at + 150_000)),
  },
  {
    title: "pictures have no PTS for 800 ms",
    errors: { pts: 1 },
    script: { unstamped: (part, at) => part === "video" && during(3_000, 3_720)(at) },
  },
  {
    title: "sound has no PTS for 1.5 s",
    errors: { pts: 2 },
    script: { unstamped: (part, at) => part === "audio" && during(3_000, 4_450)(at) },
  },
  {
    title: "everything is scrambled and no CAT comes for 2 s",
    errors: { cat: 4 },
    options: { isScrambled: true },
    script: without("cat", 3_000, 5_000),
  },
  {
    title: "a section of table_id 2 is on the PID of the CAT",
    errors: { cat: 1 },
    options: { isScrambled: true },
    script: replaced("cat", 3_000, 3_100, asTable(0x02)),
  },
];

const priorityThree: Fault[] = [
  { title: "the NIT is missing for 12 s", errors: { nit: 1 }, seconds: 18, script: without("nit", 3_000, 13_500) },
  { title: "an SDT is on the PID of the NIT", errors: { nit: 1 }, script: replaced("nit", 3_500, 5_000, asTable(0x42)) },
  {
    title: "an SDT comes twice within 10 ms",
    errors: { siRepetition: 1 },
    events: [{ at: 3_016, run: ({ multiplex }) => multiplex.insert(0x11, serviceInformation(0x42)) }],
  },
  {
    title: "two sections of one EIT come within 10 ms, five times",
    errors: { siRepetition: 5 },
    events: [{ at: 3_019, every: 500, until: 5_100, run: ({ multiplex }) => multiplex.insert(0x12, serviceInformation(0x4e, 1, 1)) }],
  },
  {
    title: "the SDT of another stream stops for 11 s",
    errors: { siRepetition: 1 },
    seconds: 16,
    events: [{ at: 1_000, run: ({ multiplex }) => multiplex.insert(0x11, serviceInformation(0x46, 9)) }],
  },
  {
    title: "a PID that no table names comes for 1.2 s",
    errors: { unreferencedPid: 2 },
    events: [{ at: 3_000, every: 20, until: 4_200, run: ({ multiplex }) => multiplex.insertPacket(STRANGER) }],
  },
  {
    title: "the map leaves out the sound, which goes on for 1.3 s",
    errors: { unreferencedPid: 2 },
    seconds: 4,
    script: {
      section: (part, section, at) => (part === "pmt" && at >= 2_700_000 ? silentMap : section),
    },
  },
  { title: "the SDT is missing for 2.5 s", errors: { sdt: 1 }, script: without("sdt", 3_000, 5_000) },
  { title: "a NIT is on the PID of the SDT", errors: { sdt: 1 }, script: replaced("sdt", 3_000, 3_500, asTable(0x40)) },
  { title: "the EIT is missing for 4.5 s", errors: { eit: 2 }, seconds: 10, script: without("eit", 3_000, 7_000) },
  { title: "an SDT is on the PID of the EIT", errors: { eit: 1 }, script: replaced("eit", 3_000, 3_500, asTable(0x42)) },
  {
    title: "an SDT is on the PID of the RST",
    errors: { rst: 1 },
    events: [{ at: 3_000, run: ({ multiplex }) => multiplex.insert(0x13, serviceInformation(0x42)) }],
  },
  {
    title: "a TDT is on the PID of the RST, twice",
    errors: { rst: 2 },
    events: [
      {
        at: 3_000,
        every: 1_000,
        until: 4_000,
        run: ({ multiplex }) => multiplex.insert(0x13, Uint8Array.of(0x70, 0x70, 5, 0, 0, 0, 0, 0)),
      },
    ],
  },
  {
    title: "the TDT is missing for 40 s",
    errors: { tdt: 1 },
    seconds: 52,
    options: { rate: 1_500_000 },
    script: without("tdt", 5_000, 45_000),
  },
  { title: "an SDT is on the PID of the TDT", errors: { tdt: 1 }, script: replaced("tdt", 0, 11_000, asTable(0x42)), seconds: 8 },
];

/** Every indicator by at least two causes. */
export const FAULTS: readonly Fault[] = [...priorityOne, ...priorityTwo, ...priorityThree];

/** What is right though it looks like a fault: nothing is reported. */
export const RIGHT: readonly Omit<Fault, "errors">[] = [
  { title: "a DVB stream at a constant rate", seconds: 35 },
  { title: "eight programs at 20 Mbit/s", seconds: 30, options: { rate: 20_000_000, programs: 8 } },
  { title: "a scrambled stream with CAT, ECMs and EMMs", seconds: 30, options: { isScrambled: true } },
  { title: "a stream without any service information", seconds: 30, options: { hasServiceInformation: false } },
  { title: "the PCR wraps", seconds: 30, options: { firstPcr: 2 ** 33 * 300 - 10 * PCR_HZ } },
  { title: "every packet comes twice", seconds: 30, options: { rate: 2_000_000 }, script: { packet: (packet) => [packet, packet] } },
  {
    title: "the PCR jumps and says so",
    seconds: 30,
    script: {
      pcr: (pcr, at) => (at < 15_000_000 ? pcr : pcr + 5 * PCR_HZ),
      ...altered("pcr", 15_000, 1, (packet) => {
        setDiscontinuityIndicator(packet, 0);
        return [packet];
      }),
    },
  },
  {
    title: "a network with 30 ms of jitter",
    seconds: 30,
    arrival: (at) => Math.floor(at / 30_000) * 30_000 + 30_000,
  },
  {
    title: "single packets of PIDs that wrong bits made up",
    seconds: 30,
    script: {
      packet: (packet, part, at) => (part === "null" && at > 1e6 && strays++ % 7 === 0 ? [stray(0x200 + (strays % 7_000))] : [packet]),
    },
  },
  {
    title: "we missed packets ourselves, ten times",
    seconds: 30,
    script: { packet: (packet, _part, at) => (at > 5e6 && at % 2.5e6 < 200_000 ? [] : [packet]) },
    events: [{ at: 5_199, every: 2_500, until: 30_000, run: ({ analyser }) => analyser.lost() }],
  },
  {
    title: "the source is opened anew and is another stream",
    seconds: 30,
    script: {
      section: (part, section, at) => (part === "pmt" && at > 15e6 ? programMap(0, false, 9) : section),
      pcr: (pcr, at) => (at > 15e6 ? pcr + 9_999 * PCR_HZ : pcr),
      packet: (packet, _part, at) => (at > 14.9e6 && at < 15.1e6 ? [] : [packet]),
    },
    events: [{ at: 15_099, run: ({ analyser }) => analyser.begin() }],
  },
];
