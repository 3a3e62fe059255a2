import {
  hasPcr,
  PACKET_SIZE,
  PCR_WRAP,
  PesAssembler,
  pid as pidOf,
  readAdaptationField,
  readPcr,
  readPesHeader,
  pesPayloadOffset,
} from "../../index.ts";

/** An access unit as it came out. Times are ticks of 27 MHz since the clock's start. */
export type Arrived = { first: number; last: number; pts: number; dts: number; payload: Uint8Array; size: number; randomAccess: boolean };

type Way = { units: Arrived[]; packets: number[]; assembler: PesAssembler; first: number; now: number; randomAccess: boolean };

const NULL_PID = 0x1fff;
/** PAT, SDT, and the map of `SERVICE`. */
const TABLE_PIDS = [0, 0x11, 0x100];

/** Takes a stream of constant rate apart by the places of its bytes alone, and holds each PCR against its byte. */
export class ModelDecoder {
  readonly pcrs: number[] = [];
  /** What is wrong, in words. */
  readonly faults: string[] = [];
  readonly #ways = new Map<number, Way>();
  readonly #tables = new Map<number, number[]>();
  readonly #rate: bigint;
  readonly #clock: number;
  readonly #pcrPid: number;
  #packets = 0;

  constructor(rate: number, clock: number, pcrPid: number, pids: readonly number[]) {
    this.#rate = BigInt(rate);
    this.#clock = clock;
    this.#pcrPid = pcrPid;
    for (const pid of TABLE_PIDS) {
      this.#tables.set(pid, []);
    }
    for (const pid of pids) {
      this.#ways.set(pid, this.#way());
    }
  }

  /** When so many bits have passed. */
  ticksAfter(bits: bigint): number {
    return this.#clock + Number((bits * 27_000_000n) / this.#rate);
  }

  /** A unit; only its first packet may have a PCR. */
  take(unit: Uint8Array): void {
    for (let at = 0; at < unit.length; at += PACKET_SIZE) {
      const bits = BigInt(this.#packets++) * BigInt(PACKET_SIZE * 8);
      const pid = pidOf(unit, at);
      if (hasPcr(unit, at)) {
        this.#holds(pid === this.#pcrPid && at === 0, "a PCR is in its PID and opens its unit");
        this.#holds(readPcr(unit, at) === this.ticksAfter(bits + 80n) % PCR_WRAP, "a PCR is the time of its byte");
        this.pcrs.push(this.ticksAfter(bits));
      }
      const way = this.#ways.get(pid);
      if (way !== undefined) {
        this.#takeMedia(way, unit, at, bits);
      } else if (pid !== NULL_PID) {
        this.#holds(TABLE_PIDS.includes(pid), `PID ${pid} belongs to the program`);
        this.#tables.get(pid)?.push(this.ticksAfter(bits));
      }
    }
  }

  /** What came on a PID; the last one may still be under way. */
  units(pid: number): Arrived[] {
    return this.#ways.get(pid)?.units ?? [];
  }

  /** When the packets of a table began; each has one. */
  tableTimes(pid: number): number[] {
    return this.#tables.get(pid) ?? [];
  }

  /** When the packets of a PID began. */
  packetTimes(pid: number): number[] {
    return this.#ways.get(pid)?.packets ?? [];
  }

  #takeMedia(way: Way, unit: Uint8Array, at: number, bits: bigint): void {
    const begin = this.ticksAfter(bits);
    way.packets.push(begin);
    const field = readAdaptationField(unit, at);
    const hasPayload = ((unit[at + 3] ?? 0) & 0x10) !== 0;
    if (hasPayload && ((unit[at + 1] ?? 0) & 0x40) !== 0) {
      // One of unknown length ends with the packet before.
      way.assembler.flush();
      way.first = begin;
      way.randomAccess = field?.randomAccessIndicator ?? false;
    }
    const isMark = field?.randomAccessIndicator === true;
    this.#holds(!isMark || pidOf(unit, at) !== this.#pcrPid || field.pcr !== undefined, "a random access has a PCR");
    if (hasPayload) {
      way.now = this.ticksAfter(bits + BigInt(PACKET_SIZE * 8));
      way.assembler.push(unit, at);
    }
  }

  #holds(holds: boolean, what: string): void {
    if (!holds) {
      this.faults.push(`packet ${this.#packets - 1}: ${what}`);
    }
  }

  #way(): Way {
    const units: Arrived[] = [];
    const assembler = new PesAssembler((packet) => {
      const header = readPesHeader(packet, 0, packet.length);
      const from = pesPayloadOffset(packet, 0, packet.length) ?? 0;
      const pts = header?.optional?.pts ?? -1;
      units.push({
        first: way.first,
        last: way.now,
        pts,
        dts: header?.optional?.dts ?? pts,
        payload: packet.slice(from),
        size: packet.length,
        randomAccess: way.randomAccess,
      });
    }, 50_000_000);
    const way: Way = { units, packets: [], assembler, first: 0, now: 0, randomAccess: false };
    return way;
  }
}

/** The most bytes that a main buffer holds: each unit fills it from its first to its last byte, and leaves at its DTS. */
export const mostInBuffer = (units: readonly Arrived[], dtsOf: (unit: Arrived) => number): number => {
  const events = units.flatMap((unit) => [
    { at: unit.last, bytes: unit.size },
    { at: dtsOf(unit), bytes: -unit.size },
  ]);
  events.sort((one, other) => one.at - other.at || one.bytes - other.bytes);
  let held = 0;
  let most = 0;
  for (const { bytes } of events) {
    held += bytes;
    most = Math.max(most, held);
  }
  return most;
};

/** The most bytes that a transport buffer holds that empties at a rate in bits per second. */
export const mostInTransport = (packets: readonly number[], leakRate: number): number => {
  let held = 0;
  let most = 0;
  let before = 0;
  for (const at of packets) {
    held = Math.max(0, held - ((at - before) * leakRate) / 8 / 27_000_000) + PACKET_SIZE;
    most = Math.max(most, held);
    before = at;
  }
  return most;
};
