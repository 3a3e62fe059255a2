import { u16 } from "@bilbycast/foundation/bytes";
import type { Findings } from "./check-report.ts";
import type { TsPacket } from "./ts-packet.ts";

/** Longest section that 12 bits of length behind 3 bytes can tell. */
const LONGEST = 4_098;
const STUFFING = 0xff;
const LENGTH_BYTES = 3;
/** Of a section with the long header: what precedes the table's own bytes, and the CRC behind them. */
const LONG_HEADER = 8;
const CRC_SIZE = 4;

/** Puts the sections of one PID together and throws away those with a wrong CRC. ISO/IEC 13818-1 §2.4.4. */
export class SectionReader {
  readonly #pid: number;
  readonly #findings: Findings;
  readonly #take: (section: Uint8Array, packet: number) => void;
  readonly #buffer = new Uint8Array(LONGEST);
  /** Bytes of the section under way; 0 when there is none. */
  #filled = 0;
  /** A stream that is joined in the middle of a section owes its beginning to nobody. */
  #synchronised = false;

  constructor(pid: number, findings: Findings, take: (section: Uint8Array, packet: number) => void) {
    this.#pid = pid;
    this.#findings = findings;
    this.#take = take;
  }

  /** Packets are missing: what was under way is lost. */
  interrupt(number: number): void {
    if (this.#filled > 0) {
      this.#findings.add("brokenSection", this.#pid, number, `interrupted after ${this.#filled} bytes`);
    }
    this.#filled = 0;
  }

  feed({ bytes, payloadAt, end, payloadUnitStart }: TsPacket, number: number): void {
    if (!payloadUnitStart) {
      this.#continue(bytes, payloadAt, end, number);
      return;
    }
    const start = payloadAt + 1 + (bytes[payloadAt] ?? 0);
    if (start > end) {
      this.#findings.add("brokenSection", this.#pid, number, "the pointer_field leads out of the packet");
      this.#filled = 0;
      return;
    }
    this.#continue(bytes, payloadAt + 1, start, number);
    this.interrupt(number);
    this.#synchronised = true;
    this.#begin(bytes, start, end, number);
  }

  /** What precedes the first section that begins in the packet. */
  #continue(bytes: Uint8Array, from: number, end: number, number: number): void {
    if (this.#filled > 0) {
      this.#begin(bytes, from, end, number);
    } else if (this.#synchronised && !isStuffing(bytes, from, end)) {
      this.#findings.add("straySection", this.#pid, number, `${end - from} bytes that continue nothing`);
    }
  }

  #begin(bytes: Uint8Array, from: number, end: number, number: number): void {
    for (let at = from; at < end;) {
      if (this.#filled === 0 && bytes[at] === STUFFING) {
        return;
      }
      at += this.#fill(bytes, at, end);
      if (this.#filled >= LENGTH_BYTES && this.#filled === this.#wanted) {
        this.#finish(number);
      }
    }
  }

  get #wanted(): number {
    return this.#filled < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + (u16(this.#buffer, 1) & 0x0fff);
  }

  #fill(bytes: Uint8Array, at: number, end: number): number {
    const size = Math.min(this.#wanted - this.#filled, end - at);
    this.#buffer.set(bytes.subarray(at, at + size), this.#filled);
    this.#filled += size;
    return size;
  }

  #finish(number: number): void {
    const section = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    const hasLongHeader = ((section[1] ?? 0) & 0x80) !== 0;
    if (!hasLongHeader) {
      return;
    }
    if (section.length < LONG_HEADER + CRC_SIZE || crc(section) !== 0) {
      this.#findings.add("sectionCrc", this.#pid, number, `table 0x${(section[0] ?? 0).toString(16)}, ${section.length} bytes`);
      return;
    }
    this.#take(section, number);
  }
}

const isStuffing = (bytes: Uint8Array, from: number, end: number): boolean => {
  for (let at = from; at < end; at++) {
    if (bytes[at] !== STUFFING) {
      return false;
    }
  }
  return true;
};

/** ISO/IEC 13818-1 Annex A. */
const POLYNOMIAL = 0x04c1_1db7;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) {
    rest = (rest << 1) ^ (rest < 0 ? POLYNOMIAL : 0);
  }
  return rest;
});

/** 0 for a section whose last four bytes are right. */
const crc = (section: Uint8Array): number => {
  let rest = 0xffff_ffff;
  for (const byte of section) {
    rest = ((rest << 8) ^ (CRC_TABLE[(rest >>> 24) ^ byte] ?? 0)) >>> 0;
  }
  return rest;
};

/** The long header of a section. ISO/IEC 13818-1 §2.4.4.11, EN 300 468 §5.1.1. `body`: what stands between header and CRC. */
export type Section = {
  pid: number;
  tableId: number;
  extension: number;
  version: number;
  isCurrent: boolean;
  number: number;
  last: number;
  body: Uint8Array;
};

export const readSection = (pid: number, bytes: Uint8Array): Section => ({
  pid,
  tableId: bytes[0] ?? 0,
  extension: u16(bytes, 3),
  version: ((bytes[5] ?? 0) >>> 1) & 0x1f,
  isCurrent: ((bytes[5] ?? 0) & 1) !== 0,
  number: bytes[6] ?? 0,
  last: bytes[7] ?? 0,
  body: bytes.subarray(LONG_HEADER, bytes.length - CRC_SIZE),
});

export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, i) => byte === other[i]);
