import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { HEADERLESS, readStamp, writeNewStamp } from "../media-time.ts";
import { readEscr, writeEscr } from "./escr.ts";

/** The header of a PES packet. ISO/IEC 13818-1 §2.4.3.6, §2.4.3.7. */
export type PesHeader = {
  /** Table 2-22: 0xC0 to 0xDF audio, 0xE0 to 0xEF video, 0xBD private. */
  streamId: number;
  /** PES_packet_length: bytes behind this field; 0 in video of any length. */
  packetLength: number;
  /** Absent in padding, maps and control streams, whose packets have nothing of it. */
  optional?: PesOptionalHeader;
};

export type PesOptionalHeader = {
  /** PES_scrambling_control: 2 bits, 0 is in the clear. */
  scramblingControl: number;
  priority: boolean;
  /** The payload begins with an access unit, a slice or a sync word, as a data_stream_alignment_descriptor says. */
  dataAlignmentIndicator: boolean;
  copyright: boolean;
  originalOrCopy: boolean;
  /** 90 kHz ticks, below STAMP_WRAP. */
  pts?: number;
  /** Only with a PTS; absent: it is the PTS. */
  dts?: number;
  /** Elementary stream clock reference, 27 MHz ticks, below PCR_WRAP. */
  escr?: number;
  /** 22 bits, units of 50 bytes a second. */
  esRate?: number;
  /** trick_mode_control in the upper 3 bits and what it says in the lower 5. */
  trickMode?: number;
  /** 7 bits of private data about copyright. */
  additionalCopyInfo?: number;
  /** CRC-16 of the PES packet before. */
  previousPacketCrc?: number;
};

/** Bytes of a PES header without and with the fixed part of its optional header. */
const SHORT_SIZE = 6;
const FIXED_SIZE = 9;

const STAMP_SIZE = 5;
const ESCR_SIZE = 6;
const ES_RATE_SIZE = 3;

/** Bytes from the start of the PES packet to its payload; `undefined` where no header begins, or too little of it is there to tell. */
export const pesPayloadOffset = (bytes: Uint8Array, at: number, end: number): number | undefined => {
  if (at + SHORT_SIZE > end || bytes[at] !== 0 || bytes[at + 1] !== 0 || bytes[at + 2] !== 1) {
    return undefined;
  }
  const streamId = bytes[at + 3] ?? 0;
  if (HEADERLESS.has(streamId)) {
    return SHORT_SIZE;
  }
  const hasOptional = at + FIXED_SIZE <= end && ((bytes[at + 6] ?? 0) & 0xc0) === 0x80;
  return hasOptional ? FIXED_SIZE + (bytes[at + 8] ?? 0) : undefined;
};

/**
 * The header of the PES packet in bytes [at, end); `undefined` where there is none, or not all of it. A field that would reach past
 * PES_header_data_length is left out, with all that follow. The PES extension is passed over.
 */
export const readPesHeader = (bytes: Uint8Array, at: number, end: number): PesHeader | undefined => {
  const size = pesPayloadOffset(bytes, at, end);
  if (size === undefined || at + size > end) {
    return undefined;
  }
  const header: PesHeader = { streamId: bytes[at + 3] ?? 0, packetLength: u16(bytes, at + 4) };
  if (size > SHORT_SIZE) {
    header.optional = readOptional(bytes, at, at + size);
  }
  return header;
};

/** Bytes of the header, without stuffing. */
export const pesHeaderSize = ({ optional }: PesHeader): number =>
  optional === undefined ? SHORT_SIZE : FIXED_SIZE + optionalSize(optional);

/** Writes the header, `stuffing` bytes (0 to 32) at its end; returns its size. `packetLength` is written as it is. */
export const writePesHeader = (bytes: Uint8Array, at: number, header: PesHeader, stuffing = 0): number => {
  const { optional } = header;
  bytes[at] = 0;
  bytes[at + 1] = 0;
  bytes[at + 2] = 1;
  bytes[at + 3] = header.streamId;
  setU16(bytes, at + 4, header.packetLength);
  if (optional === undefined) {
    return SHORT_SIZE;
  }
  const size = optionalSize(optional) + stuffing;
  bytes[at + 6] =
    0x80 |
    ((optional.scramblingControl & 3) << 4) |
    (optional.priority ? 8 : 0) |
    (optional.dataAlignmentIndicator ? 4 : 0) |
    (optional.copyright ? 2 : 0) |
    (optional.originalOrCopy ? 1 : 0);
  bytes[at + 7] = flagsOf(optional);
  bytes[at + 8] = size;
  const next = writeFields(bytes, at + FIXED_SIZE, optional);
  bytes.fill(0xff, next, at + FIXED_SIZE + size);
  return FIXED_SIZE + size;
};

const readOptional = (bytes: Uint8Array, at: number, end: number): PesOptionalHeader => {
  const first = bytes[at + 6] ?? 0;
  const flags = bytes[at + 7] ?? 0;
  const header: PesOptionalHeader = {
    scramblingControl: (first >> 4) & 3,
    priority: (first & 8) !== 0,
    dataAlignmentIndicator: (first & 4) !== 0,
    copyright: (first & 2) !== 0,
    originalOrCopy: (first & 1) !== 0,
  };
  let next = at + FIXED_SIZE;
  for (const [flag, size, read] of FIELDS) {
    if ((flags & flag) === 0) {
      continue;
    }
    if (next + size > end) {
      break;
    }
    read(header, bytes, next, flags);
    next += size;
  }
  return header;
};

type ReadField = (header: PesOptionalHeader, bytes: Uint8Array, at: number, flags: number) => void;

/** Flag, size and reader of each optional field, in their order. A DTS comes only with a PTS: '01' is forbidden. */
const FIELDS: readonly [flag: number, size: number, read: ReadField][] = [
  [0x80, STAMP_SIZE, (header, bytes, at) => void (header.pts = readStamp(bytes, at))],
  [
    0x40,
    STAMP_SIZE,
    (header, bytes, at, flags) => {
      if ((flags & 0x80) !== 0) {
        header.dts = readStamp(bytes, at);
      }
    },
  ],
  [0x20, ESCR_SIZE, (header, bytes, at) => void (header.escr = readEscr(bytes, at))],
  [0x10, ES_RATE_SIZE, (header, bytes, at) => void (header.esRate = (((bytes[at] ?? 0) & 0x7f) << 15) | (u16(bytes, at + 1) >> 1))],
  [0x08, 1, (header, bytes, at) => void (header.trickMode = bytes[at] ?? 0)],
  [0x04, 1, (header, bytes, at) => void (header.additionalCopyInfo = (bytes[at] ?? 0) & 0x7f)],
  [0x02, 2, (header, bytes, at) => void (header.previousPacketCrc = u16(bytes, at))],
];

const optionalSize = (header: PesOptionalHeader): number =>
  (header.pts === undefined ? 0 : STAMP_SIZE + (header.dts === undefined ? 0 : STAMP_SIZE)) +
  (header.escr === undefined ? 0 : ESCR_SIZE) +
  (header.esRate === undefined ? 0 : ES_RATE_SIZE) +
  (header.trickMode === undefined ? 0 : 1) +
  (header.additionalCopyInfo === undefined ? 0 : 1) +
  (header.previousPacketCrc === undefined ? 0 : 2);

const flagsOf = (header: PesOptionalHeader): number =>
  (header.pts === undefined ? 0 : header.dts === undefined ? 0x80 : 0xc0) |
  (header.escr === undefined ? 0 : 0x20) |
  (header.esRate === undefined ? 0 : 0x10) |
  (header.trickMode === undefined ? 0 : 0x08) |
  (header.additionalCopyInfo === undefined ? 0 : 0x04) |
  (header.previousPacketCrc === undefined ? 0 : 0x02);

const writeFields = (bytes: Uint8Array, at: number, header: PesOptionalHeader): number => {
  let next = at;
  if (header.pts !== undefined) {
    writeNewStamp(bytes, next, header.dts === undefined ? 2 : 3, header.pts);
    next += STAMP_SIZE;
    if (header.dts !== undefined) {
      writeNewStamp(bytes, next, 1, header.dts);
      next += STAMP_SIZE;
    }
  }
  if (header.escr !== undefined) {
    writeEscr(bytes, next, header.escr);
    next += ESCR_SIZE;
  }
  if (header.esRate !== undefined) {
    bytes[next] = 0x80 | ((header.esRate >> 15) & 0x7f);
    setU16(bytes, next + 1, (header.esRate << 1) | 1);
    next += ES_RATE_SIZE;
  }
  if (header.trickMode !== undefined) {
    bytes[next++] = header.trickMode;
  }
  if (header.additionalCopyInfo !== undefined) {
    bytes[next++] = 0x80 | header.additionalCopyInfo;
  }
  if (header.previousPacketCrc !== undefined) {
    setU16(bytes, next, header.previousPacketCrc);
    next += 2;
  }
  return next;
};
