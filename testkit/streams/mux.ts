import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import {
  CAT_PID,
  NULL_PID,
  packetizeSection,
  PACKET_SIZE,
  PAT_PID,
  writeHeader,
  writePcr,
  writeProgramAssociation,
  writeProgramMap,
  writeSection,
  type Descriptor,
} from "@bilbycast/protocols/mpegts";

export type MuxStream = { pid: number; type: number; descriptors?: Descriptor[] };
export type MuxProgram = { number: number; mapPid: number; pcrPid: number; streams: MuxStream[]; info?: Descriptor[]; version?: number };

export type MuxContent = {
  programs: MuxProgram[];
  /** Programs in each section of the PAT; all in one when absent. */
  perSection?: number;
  patVersion?: number;
  /** CA descriptors of a CAT; none when absent. */
  access?: Descriptor[];
  /** PIDs with private data besides. */
  data?: number[];
  /** Of packets, how many are stuffing. */
  nulls?: number;
};

/** Packets between two PCRs of a program, and between two turns of the tables. */
const PCR_EVERY = 20;
const TABLES_EVERY = 60;

/** An endless multiplex whose description may change between two calls: tables by turns, streams with noise, counters that never break. */
export class Mux {
  made: MuxContent;
  readonly #random: Random;
  readonly #counters = new Map<number, number>();
  #count = 0;
  #waiting: Uint8Array[] = [];

  constructor(made: MuxContent, seed: number) {
    this.made = made;
    this.#random = seeded(seed);
  }

  /** The next packets, back to back. */
  packets(count: number): Uint8Array {
    const out = new Uint8Array(count * PACKET_SIZE);
    for (let i = 0; i < count; i++) {
      out.set(this.#next(), i * PACKET_SIZE);
    }
    return out;
  }

  #next(): Uint8Array {
    if (this.#count++ % TABLES_EVERY === 0 && this.#waiting.length === 0) {
      this.#waiting.push(...this.#tables());
    }
    const table = this.#count % 2 === 0 ? this.#waiting.shift() : undefined;
    return table ?? this.#media();
  }

  #tables(): Uint8Array[] {
    const { programs, perSection = 250, patVersion = 0, access } = this.made;
    const last = Math.max(0, Math.ceil(programs.length / perSection) - 1);
    const sections: [number, Uint8Array][] = [];
    for (let i = 0; i <= last; i++) {
      const named = programs.slice(i * perSection, (i + 1) * perSection);
      const head = {
        transportStreamId: 7,
        versionNumber: patVersion,
        currentNextIndicator: true,
        sectionNumber: i,
        lastSectionNumber: last,
      };
      const entries = named.map(({ number, mapPid }) => ({ programNumber: number, programMapPid: mapPid }));
      sections.push([PAT_PID, writeProgramAssociation({ ...head, programs: entries, ...(i === 0 ? { networkPid: 0x10 } : {}) })]);
    }
    if (access !== undefined) {
      const body = Uint8Array.from(access.flatMap(({ tag, data }) => [tag, data.length, ...data]));
      const fields = { versionNumber: 0, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 };
      sections.push([CAT_PID, writeSection({ tableId: 1, tableIdExtension: 0xffff, ...fields, body })]);
    }
    for (const { number, mapPid, pcrPid, streams, info = [], version = 0 } of programs) {
      const elementaryStreams = streams.map(({ pid, type, descriptors = [] }) => ({ pid, streamType: type, descriptors }));
      const map = {
        programNumber: number,
        versionNumber: version,
        currentNextIndicator: true,
        pcrPid,
        programInfo: info,
        elementaryStreams,
      };
      sections.push([mapPid, writeProgramMap(map)]);
    }
    return sections.flatMap(([pid, section]) => {
      const packets = packetizeSection(section, pid, this.#take(pid, Math.ceil((section.length + 1) / 184)));
      return Array.from({ length: packets.length / PACKET_SIZE }, (_, i) => packets.subarray(i * PACKET_SIZE, (i + 1) * PACKET_SIZE));
    });
  }

  #media(): Uint8Array {
    const { programs, data = [], nulls = 0.1 } = this.made;
    const packet = fillRandom(this.#random, new Uint8Array(PACKET_SIZE));
    const pids = [...programs.flatMap(({ streams }) => streams.map(({ pid }) => pid)), ...programs.map(({ pcrPid }) => pcrPid), ...data];
    if (this.#random() < nulls || pids.length === 0) {
      writeHeader(packet, 0, { pid: NULL_PID });
      return packet;
    }
    const pid = pids[integer(this.#random, pids.length)] ?? NULL_PID;
    if (programs.some(({ pcrPid }) => pcrPid === pid) && this.#random() < 1 / PCR_EVERY) {
      writeHeader(packet, 0, { pid, adaptationField: 7, continuityCounter: this.#take(pid, 1) });
      writePcr(packet, 0, this.#count * 27_000);
    } else {
      writeHeader(packet, 0, { pid, continuityCounter: this.#take(pid, 1), payloadUnitStart: this.#random() < 0.05 });
    }
    return packet;
  }

  /** The counter of the next of so many packets of a PID. */
  #take(pid: number, packets: number): number {
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, (counter + packets) & 15);
    return counter;
  }
}

/** Three programs: two with video and two sounds, one scrambled with an ECM PID and its PCR on a PID of its own. */
export const threePrograms = (): MuxProgram[] => [
  {
    number: 1,
    mapPid: 0x100,
    pcrPid: 0x101,
    streams: [
      { pid: 0x101, type: 0x1b },
      { pid: 0x102, type: 0x0f },
      { pid: 0x103, type: 0x06, descriptors: [{ tag: 0x6a, data: Uint8Array.of(0) }] },
    ],
  },
  {
    number: 2,
    mapPid: 0x200,
    pcrPid: 0x201,
    streams: [
      { pid: 0x201, type: 0x02 },
      { pid: 0x202, type: 0x04 },
    ],
  },
  {
    number: 3,
    mapPid: 0x300,
    pcrPid: 0x3ff,
    info: [{ tag: 0x09, data: Uint8Array.of(0x06, 0x48, 0xe3, 0x50) }],
    streams: [
      { pid: 0x301, type: 0x24, descriptors: [{ tag: 0x09, data: Uint8Array.of(0x06, 0x48, 0xe3, 0x51) }] },
      { pid: 0x302, type: 0x0f },
    ],
  },
];
