import {
  packetizeSection,
  packetsOfSection,
  setContinuityCounter,
  writeHeader,
  writePcr,
  writeStamp,
  PCR_WRAP,
  STAMP_WRAP,
} from "@bilbycast/protocols/mpegts";
import { fillRandom, integer, seeded, type Random } from "@bilbycast/testkit/random";
import {
  association,
  audioPid,
  conditionalAccess,
  ecmPid,
  EMM_PID,
  mapPid,
  programMap,
  serviceInformation,
  timeAndDate,
  videoPid,
} from "./multiplex-tables.ts";

const PACKET_SIZE = 188;
const NULL_PID = 0x1fff;
const PAYLOAD = PACKET_SIZE - 4;
const SCRAMBLED = 0x80;
const PES_HEADER = 14;

/** What a packet is for. */
export type Part = "pat" | "pmt" | "cat" | "nit" | "sdt" | "eit" | "tdt" | "pcr" | "video" | "audio" | "ecm" | "emm" | "extra" | "null";

export type MultiplexOptions = {
  seed?: number;
  /** Bits per second, of all packets together. */
  rate?: number;
  programs?: number;
  /** NIT, SDT, EIT, TDT. */
  hasServiceInformation?: boolean;
  /** Pictures and sound are scrambled; CAT, ECMs and EMMs. */
  isScrambled?: boolean;
  /** Bits per second of the pictures of a program. */
  videoRate?: number;
  /** Microseconds between PCRs. */
  pcrEvery?: number;
  /** 27 MHz, of the first packet. */
  firstPcr?: number;
};

/** What a test changes of a stream that is right. Times in microseconds from its beginning. */
export type Script = {
  /** True: a null packet goes out instead; counters go on as if nothing had been there. */
  omit?: (part: Part, at: number) => boolean;
  /** Another section instead. */
  section?: (part: Part, section: Uint8Array, at: number) => Uint8Array;
  /** Another PCR, or none. */
  pcr?: (pcr: number, at: number) => number | undefined;
  /** True: the PES packet has no time stamp. */
  unstamped?: (part: Part, at: number) => boolean;
  /** Last of all: the packets that go out instead of a finished one. */
  packet?: (packet: Uint8Array, part: Part, at: number) => readonly Uint8Array[];
};

type Source = { part: Part; every: number; due: number; make: (at: number) => void };
type Waiting = { part: Part; packet: Uint8Array; program: number };

/**
 * A transport stream at a constant rate, packet by packet, as a broadcaster's multiplexer makes it: tables and service information at their
 * intervals, pictures and sound with PTS, a PCR that is right to the tick for its place, null packets in between. The seed makes the payload.
 */
export class Multiplex {
  /** Of the next packet. */
  position = 0;
  readonly #rate: number;
  readonly #script: Script;
  readonly #random: Random;
  readonly #firstPcr: number;
  readonly #isScrambled: boolean;
  readonly #sources: Source[] = [];
  /** Tables before sound before pictures. */
  readonly #waiting: [Waiting[], Waiting[], Waiting[]] = [[], [], []];
  readonly #counters = new Map<number, number>();

  constructor(options: MultiplexOptions = {}, script: Script = {}) {
    const { seed = 1, rate = 4_000_000, programs = 1, hasServiceInformation = true, isScrambled = false } = options;
    const { videoRate = (rate * 0.7) / programs, pcrEvery = 35_000, firstPcr = 0 } = options;
    this.#rate = rate;
    this.#script = script;
    this.#random = seeded(seed);
    this.#firstPcr = firstPcr;
    this.#isScrambled = isScrambled;
    this.#repeat("pat", 100_000, 0, () => association(programs));
    for (let program = 0; program < programs; program++) {
      const begin = program * 1_700;
      this.#repeat("pmt", 100_000, mapPid(program), () => programMap(program, isScrambled), begin);
      this.#sources.push({ part: "pcr", every: pcrEvery, due: begin, make: () => this.#waiting[0].unshift(this.#clock(program)) });
      this.#pes("video", program, 40_000, Math.max(1, Math.floor(videoRate / 25 / 8 / PAYLOAD)), begin);
      this.#pes("audio", program, 72_000, 9, begin + 500);
      if (isScrambled) {
        this.#repeat("ecm", 100_000, ecmPid(program), () => serviceInformation(0x80, program), begin);
      }
    }
    if (isScrambled) {
      this.#repeat("cat", 100_000, 1, conditionalAccess);
      this.#repeat("emm", 30_000, EMM_PID, () => serviceInformation(0x82, 1));
    }
    if (hasServiceInformation) {
      this.#repeat("nit", 2_000_000, 0x10, () => serviceInformation(0x40), 3_000);
      this.#repeat("sdt", 500_000, 0x11, () => serviceInformation(0x42), 6_000);
      this.#repeat("eit", 500_000, 0x12, () => serviceInformation(0x4e), 9_000);
      this.#repeat("tdt", 10_000_000, 0x14, timeAndDate, 12_000);
    }
  }

  /** Microseconds from the beginning at which the next packet goes out. */
  get at(): number {
    return (this.position * PACKET_SIZE * 8 * 1e6) / this.#rate;
  }

  /** The packets of the next place: one, unless the script makes it none or several. */
  next(): readonly Uint8Array[] {
    const { at } = this;
    for (const source of this.#sources) {
      if (source.due <= at) {
        source.due += source.every;
        source.make(at);
      }
    }
    const { part, packet } = this.#choose(at);
    this.position++;
    return this.#script.packet?.(packet, part, at) ?? [packet];
  }

  /** Lets a section of any PID go out. */
  insert(pid: number, section: Uint8Array): void {
    this.#section("extra", pid, section);
  }

  /** Lets a packet of any PID with noise go out. */
  insertPacket(pid: number): void {
    this.#waiting[0].push({ part: "extra", packet: this.#payload(pid, false), program: 0 });
  }

  #choose(at: number): { part: Part; packet: Uint8Array } {
    for (;;) {
      const next = this.#waiting[0].shift() ?? this.#waiting[1].shift() ?? this.#waiting[2].shift();
      if (next === undefined) {
        return { part: "null", packet: nullPacket() };
      }
      const { part, packet } = next;
      if (this.#script.omit?.(part, at) === true) {
        return { part: "null", packet: nullPacket() };
      }
      if (part !== "pcr") {
        this.#count(packet);
        return { part, packet };
      }
      const right = (this.#firstPcr + Math.round(at * 27)) % PCR_WRAP;
      const pcr = this.#script.pcr === undefined ? right : this.#script.pcr(right, at);
      if (pcr !== undefined) {
        writePcr(packet, 0, pcr % PCR_WRAP);
        setContinuityCounter(packet, 0, (this.#counters.get(videoPid(next.program)) ?? 0) - 1);
        return { part, packet };
      }
    }
  }

  #count(packet: Uint8Array): void {
    const pid = (((packet[1] ?? 0) & 0x1f) << 8) | (packet[2] ?? 0);
    const counter = this.#counters.get(pid) ?? 0;
    setContinuityCounter(packet, 0, counter);
    this.#counters.set(pid, (counter + 1) & 15);
  }

  #repeat(part: Part, every: number, pid: number, make: () => Uint8Array, begin = 0): void {
    this.#sources.push({
      part,
      every,
      due: begin,
      make: (at) => {
        const section = make();
        this.#section(part, pid, this.#script.section?.(part, section, at) ?? section);
      },
    });
  }

  #section(part: Part, pid: number, section: Uint8Array): void {
    const packets = packetizeSection(section, pid, 0);
    for (let i = 0; i < packetsOfSection(section); i++) {
      this.#waiting[0].push({ part, packet: packets.slice(i * PACKET_SIZE, (i + 1) * PACKET_SIZE), program: 0 });
    }
  }

  /** A packet of the picture's PID that holds nothing but a PCR, written when its place is known. */
  #clock(program: number): Waiting {
    const packet = new Uint8Array(PACKET_SIZE);
    writeHeader(packet, 0, { pid: videoPid(program), payload: false, adaptationField: 183 });
    return { part: "pcr", packet, program };
  }

  #pes(part: "video" | "audio", program: number, every: number, packets: number, begin: number): void {
    const pid = part === "video" ? videoPid(program) : audioPid(program);
    const queue = this.#waiting[part === "video" ? 2 : 1];
    const make = (at: number): void => {
      const first = this.#payload(pid, true);
      const isStamped = this.#script.unstamped?.(part, at) !== true;
      first.set([0, 0, 1, part === "video" ? 0xe0 : 0xc0, 0, 0, 0x80, isStamped ? 0x80 : 0, 5, 0x21, 0, 1, 0, 1], 4);
      writeStamp(first, 4 + PES_HEADER - 5, Math.floor(this.#firstPcr / 300 + (at * 9) / 100 + 18_000) % STAMP_WRAP);
      queue.push({ part, packet: first, program });
      const size = part === "video" ? Math.ceil(packets * (0.6 + this.#random() * 0.8)) : packets;
      for (let i = 1; i < size; i++) {
        queue.push({ part, packet: this.#payload(pid, false), program });
      }
    };
    this.#sources.push({ part, every, due: begin, make });
  }

  #payload(pid: number, payloadUnitStart: boolean): Uint8Array {
    const packet = new Uint8Array(PACKET_SIZE);
    writeHeader(packet, 0, { pid, payloadUnitStart });
    // Noise at a few places: what the checks look at lies in front, and a test makes millions of these.
    fillRandom(this.#random, packet.subarray(4, 12));
    packet[PACKET_SIZE - 1] = integer(this.#random, 256);
    if (this.#isScrambled) {
      packet[3] = (packet[3] ?? 0) | SCRAMBLED;
    }
    return packet;
  }
}

const nullPacket = (): Uint8Array => {
  const packet = new Uint8Array(PACKET_SIZE).fill(0xff);
  writeHeader(packet, 0, { pid: NULL_PID });
  return packet;
};
