import { setU16, setU32 } from "@bilbycast/foundation/bytes";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import { LiveElementary, type ElementaryForm } from "./live-elementary.ts";
import type { LiveTsOptions } from "./live-layout.ts";
import { liveTables, type LiveTable } from "./live-tables.ts";
import { MARK_SIZE, writeMark } from "./stream-mark.ts";

const TS_PACKET_SIZE = 188;
/** Packets and bytes of a datagram. */
const PACKETS = 7;
export const LIVE_DATAGRAM = PACKETS * TS_PACKET_SIZE;
const PAYLOAD_SIZE = 184;
const NULL_PID = 0x1fff;
const CLOCK = 27_000_000;
const MS = CLOCK / 1_000;
const PCR_EVERY = 30 * MS;
/** Of four PCRs one travels without payload. */
const PCR_ALONE = 4;
const WRAP = 2 ** 33 * 300;
const NOISE_SIZE = 1 << 17;
const GOP = 25;

/**
 * A live multiplex of constant rate that the options alone decide: PAT, maps, SDT and EIT, video of 25 pictures a second, sound, KLV and
 * null packets, their payload noise without start codes. The video looks like H.264 from outside and cannot be decoded.
 */
export class LiveTs {
  readonly #options: LiveTsOptions;
  readonly #noise: Uint8Array;
  readonly #streams: readonly [video: LiveElementary, ...others: LiveElementary[]];
  readonly #tables: { table: LiveTable; next: number }[];
  readonly #counters = new Map<number, number>();
  /** Packets of tables that wait for a place. */
  readonly #waiting: Uint8Array[] = [];
  #packets = 0;
  #nextPcr = 0;
  #pcrs = 0;

  constructor(options: LiveTsOptions) {
    this.#options = options;
    const random = seeded(options.seed);
    this.#tables = liveTables(options, random).map((table) => ({ table, next: 0 }));
    this.#noise = Uint8Array.from({ length: NOISE_SIZE }, () => 1 + integer(random, 255));
    const [video, ...others] = elementaryForms(options, random).map((form) => new LiveElementary(form, options.clockStart));
    this.#streams = [video as LiveElementary, ...others];
  }

  /** Writes the next datagram, seven packets. */
  next(target: Uint8Array, at = 0): void {
    for (let i = 0; i < PACKETS; i++) {
      this.#packet(target, at + i * TS_PACKET_SIZE);
      this.#packets++;
    }
  }

  #packet(target: Uint8Array, at: number): void {
    const ticks = Math.round((this.#packets * TS_PACKET_SIZE * 8 * CLOCK) / this.#options.rate);
    this.#scheduleTables(ticks);
    const [video] = this.#streams;
    if (ticks >= this.#nextPcr && (this.#pcrs % PCR_ALONE === 0 || video.isDue(ticks))) {
      this.#nextPcr += PCR_EVERY;
      this.#write(target, at, video, (this.#options.clockStart + ticks) % WRAP, this.#pcrs++ % PCR_ALONE === 0);
      return;
    }
    // Tables take every second place at most, so that a map of two packets has others between them.
    const table = this.#packets % 2 === 0 ? this.#waiting.shift() : undefined;
    const stream = table === undefined ? this.#streams.findLast((each) => each.isDue(ticks)) : undefined;
    if (table !== undefined) {
      this.#writeTable(target, at, table);
    } else if (stream !== undefined) {
      this.#write(target, at, stream, -1, false);
    } else {
      setU32(target, at, 0x4700_0010 | (NULL_PID << 8));
      this.#fill(target, at + 4, PAYLOAD_SIZE);
      writeMark(target, at, this.#options.source, this.#packets);
    }
  }

  #scheduleTables(ticks: number): void {
    for (const each of this.#tables) {
      if (ticks >= each.next) {
        each.next += each.table.everyMs * MS;
        this.#waiting.push(...each.table.packets);
      }
    }
  }

  #writeTable(target: Uint8Array, at: number, packet: Uint8Array): void {
    const pid = (((packet[1] ?? 0) << 8) | (packet[2] ?? 0)) & 0x1fff;
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, (counter + 1) & 0x0f);
    target.set(packet, at);
    target[at + 3] = ((packet[3] ?? 0) & 0xf0) | counter;
  }

  /** A packet of an elementary stream, or its PCR alone. A `pcr` of -1: none. */
  #write(target: Uint8Array, at: number, stream: LiveElementary, pcr: number, alone: boolean): void {
    const isStart = !alone && stream.isFirst;
    const flags = (pcr >= 0 ? 0x10 : 0) | (isStart && stream.isRandomAccess ? 0x40 : 0);
    const least = flags === 0 ? 0 : pcr >= 0 ? 8 : 2;
    const size = alone ? 0 : Math.min(PAYLOAD_SIZE - least, stream.left);
    const field = PAYLOAD_SIZE - size;
    // A counter tells of payload: without it, it stays at that of the packet before.
    const counter = alone ? (stream.continuityCounter + 15) & 0x0f : stream.continuityCounter;
    const control = (field > 0 ? 0x20 : 0) | (alone ? 0 : 0x10);
    setU32(target, at, 0x4700_0000 | (isStart ? 0x40_0000 : 0) | (stream.form.pid << 8) | control | counter);
    if (field > 0) {
      writeAdaptation(target, at + 4, field, flags, pcr);
    }
    if (alone) {
      return;
    }
    stream.continuityCounter = (stream.continuityCounter + 1) & 0x0f;
    const payload = at + 4 + field;
    this.#fill(target, payload, size);
    const head = isStart ? stream.head.length : 0;
    if (size - head >= MARK_SIZE) {
      writeMark(target, at, this.#options.source, this.#packets);
    }
    if (isStart) {
      target.set(stream.head, payload);
    }
    stream.isFirst = false;
    stream.left -= size;
  }

  #fill(target: Uint8Array, at: number, size: number): void {
    const from = (Math.imul(this.#packets, 2_654_435_761) >>> 8) % (NOISE_SIZE - PAYLOAD_SIZE);
    target.set(this.#noise.subarray(from, from + size), at);
  }
}

/** `size` bytes of adaptation field, its length included; what is not said is stuffing. ISO/IEC 13818-1 §2.4.3.4. */
const writeAdaptation = (target: Uint8Array, at: number, size: number, flags: number, pcr: number): void => {
  target[at] = size - 1;
  if (size === 1) {
    return;
  }
  target.fill(0xff, at + 2, at + size);
  target[at + 1] = flags;
  if (pcr >= 0) {
    const base = Math.floor(pcr / 300);
    setU32(target, at + 2, Math.floor(base / 2));
    setU16(target, at + 6, ((base & 1) << 15) | 0x7e00 | (pcr % 300));
  }
};

/** Access unit delimiter; before a random access point also the parameter sets. */
const DELIMITER = [0, 0, 0, 1, 0x09, 0xf0];
const PARAMETERS = [0, 0, 0, 1, 0x67, 0x64, 0x08, 0x28, 0xac, 0xd9, 0x40, 0x50, 0, 0, 0, 1, 0x68, 0xee, 0x3c, 0x80];
const IDR_SLICE = [0, 0, 0, 1, 0x65, 0x88];
const SLICE = [0, 0, 0, 1, 0x41, 0x9a];
/** The label by which a KLV packet begins. SMPTE ST 336. */
const UNIVERSAL_LABEL = [0x06, 0x0e, 0x2b, 0x34, 0x02, 0x0b, 0x01, 0x01, 0x0e, 0x01, 0x03, 0x01, 0x01, 0x01, 0x01, 0x01];
const VIDEO_SHARE = 0.6;

/** The video first: it carries the PCR and leaves room for the others. */
const elementaryForms = ({ rate, videoPid, audioPid, dataPid }: LiveTsOptions, random: Random): ElementaryForm[] => {
  const picture = (rate * VIDEO_SHARE) / 25 / 8;
  const isIdr = (unit: number): boolean => unit % GOP === 0;
  const video: ElementaryForm = {
    pid: videoPid,
    streamId: 0xe0,
    period: 40 * MS,
    spread: 0.9,
    begin: (unit) => Uint8Array.from([...DELIMITER, ...(isIdr(unit) ? [...PARAMETERS, ...IDR_SLICE] : SLICE)]),
    size: (unit) => Math.floor(picture * (isIdr(unit) ? 1.3 : 0.5 + random() * 0.6)),
    isRandomAccess: isIdr,
    hasDts: true,
    isBounded: false,
  };
  const always = { spread: 0, isRandomAccess: () => true, hasDts: false, isBounded: true };
  const audio = {
    ...always,
    pid: audioPid,
    streamId: 0xc0,
    period: 24 * MS,
    begin: () => Uint8Array.of(0xff, 0xfd, 0xa4),
    size: () => 576,
  };
  const label = Uint8Array.from([...UNIVERSAL_LABEL, 120]);
  const klv = { ...always, pid: dataPid, streamId: 0xbd, period: 40 * MS, begin: () => label, size: () => label.length + 120 };
  return [video, audio, klv];
};
