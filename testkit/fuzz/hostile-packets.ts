import { setU16 } from "@bilbycast/foundation/bytes";
import { packetizeSection, writeProgramAssociation, writeProgramMap, writeSection } from "@bilbycast/protocols/mpegts";
import { fillRandom, integer, type Random } from "@bilbycast/testkit/random";
import { Multiplex } from "@bilbycast/testkit/streams";

const PACKET_SIZE = 188;
const FREE_PIDS = 0x1fff - 0x20;
/** Programs that fit into a section of 1024 bytes. */
const PROGRAMS_OF_SECTION = 253;
const LONGEST_SECTION = 4_096;
const FIXED_PIDS = [0x00, 0x01, 0x10, 0x11, 0x12, 0x13, 0x14];

/** Makes packets of one kind, one or more at a call. */
type Maker = () => Uint8Array;

/** What a broken device or an attacker sends to an analyser. Packets of a call follow each other; continuity counters of sections are right. */
export const hostileMakers = (random: Random): Readonly<Record<string, Maker>> => {
  const multiplex = new Multiplex({ seed: integer(random, 1_000), programs: 1 + integer(random, 4), isScrambled: random() < 0.3 });
  const counters = new Map<number, number>();
  const sections = (pid: number, section: Uint8Array): Uint8Array => {
    const counter = counters.get(pid) ?? 0;
    const packets = packetizeSection(section, pid, counter);
    counters.set(pid, (counter + packets.length / PACKET_SIZE) & 15);
    return packets;
  };
  const right: Maker = () => joined(Array.from({ length: 7 }, () => multiplex.next()).flat());
  const anyPid = (): number => 0x20 + integer(random, FREE_PIDS);
  const tablePid = (): number => FIXED_PIDS[integer(random, FIXED_PIDS.length)] ?? 0;
  return {
    right,
    bitErrors: () => flipped(random, right(), 1 + integer(random, 30)),
    shuffled: () => shuffled(random, right()),
    noise: () => {
      const packet = fillRandom(random, new Uint8Array(PACKET_SIZE));
      packet[0] = random() < 0.9 ? 0x47 : (packet[0] ?? 0);
      return packet;
    },
    everyPid: () => joined(Array.from({ length: 20 }, () => headOnly(random, anyPid()))),
    manyPrograms: () => sections(0, association(random, anyPid)),
    maps: () =>
      joined(Array.from({ length: 5 }, () => programMap(random, anyPid)).map((section) => sections(0x20 + integer(random, 512), section))),
    mapsOfAll: () => sections(0x20 + integer(random, 512), programMap(random, anyPid)),
    longSections: () => sections(tablePid(), longest(random)),
    longClaims: () => claimed(random, sections(tablePid(), longest(random))),
  };
};

const joined = (packets: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(packets.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  return bytes;
};

const flipped = (random: Random, bytes: Uint8Array, count: number): Uint8Array => {
  for (let i = 0; i < count; i++) {
    const at = integer(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << integer(random, 8));
  }
  return bytes;
};

/** Whole packets in another order, some of them twice. */
const shuffled = (random: Random, bytes: Uint8Array): Uint8Array => {
  const count = bytes.length / PACKET_SIZE;
  return joined(
    Array.from({ length: count }, () => {
      const at = integer(random, count) * PACKET_SIZE;
      return bytes.subarray(at, at + PACKET_SIZE);
    }),
  );
};

/** A packet with a right header, adaptation fields and a PCR of chance among them. */
const headOnly = (random: Random, pid: number): Uint8Array => {
  const packet = new Uint8Array(PACKET_SIZE);
  fillRandom(random, packet.subarray(3, 24));
  packet[0] = 0x47;
  setU16(packet, 1, (random() < 0.2 ? 0x4000 : 0) | pid);
  return packet;
};

/** One of 256 sections of a PAT, each full of programs. */
const association = (random: Random, anyPid: () => number): Uint8Array =>
  writeProgramAssociation({
    transportStreamId: 1,
    versionNumber: random() < 0.02 ? integer(random, 32) : 3,
    currentNextIndicator: true,
    sectionNumber: integer(random, 256),
    lastSectionNumber: 255,
    programs: Array.from({ length: PROGRAMS_OF_SECTION }, () => ({
      programNumber: 1 + integer(random, 0xffff),
      // Maps of all lie where `maps` sends them.
      programMapPid: random() < 0.5 ? 0x20 + integer(random, 512) : anyPid(),
    })),
  });

const programMap = (random: Random, anyPid: () => number): Uint8Array =>
  writeProgramMap({
    programNumber: 1 + integer(random, 0xffff),
    versionNumber: integer(random, 32),
    currentNextIndicator: random() < 0.9,
    pcrPid: anyPid(),
    programInfo: [{ tag: 0x09, data: fillRandom(random, new Uint8Array(4)) }],
    elementaryStreams: Array.from({ length: integer(random, 30) }, () => ({
      streamType: integer(random, 256),
      pid: anyPid(),
      descriptors: [],
    })),
  });

/** A section as long as its 12 bits of length can say, of any table, with a right CRC. */
const longest = (random: Random): Uint8Array =>
  writeSection({
    tableId: integer(random, 0x80),
    tableIdExtension: integer(random, 0x10000),
    versionNumber: integer(random, 32),
    currentNextIndicator: true,
    sectionNumber: integer(random, 256),
    lastSectionNumber: 255,
    body: fillRandom(random, new Uint8Array(LONGEST_SECTION - 12)),
  });

/** The section says that it is longer than any may be: 4096 to 4098 bytes, all that 12 bits can claim. */
const claimed = (random: Random, packets: Uint8Array): Uint8Array => {
  setU16(packets, 6, 0xfffd + integer(random, 3));
  return packets;
};
