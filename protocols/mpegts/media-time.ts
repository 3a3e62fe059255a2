import { adaptationFieldLength, isScrambled, PACKET_SIZE, payloadOffset, payloadUnitStart } from "./packet.ts";

/** Ticks of the system clock per second: the unit of PCR. ISO/IEC 13818-1 §2.4.2.2. */
export const PCR_HZ = 27_000_000;
/** PCR ticks per PTS or DTS tick (90 kHz). */
export const PCR_PER_STAMP = 300;
/** PTS and DTS have 33 bits. */
export const STAMP_WRAP = 2 ** 33;
/** A PCR is a 33-bit base times 300 and an extension of 0 to 299. */
export const PCR_WRAP = STAMP_WRAP * PCR_PER_STAMP;

/** Brings any whole number into the range of a clock that wraps. */
export const wrapped = (value: number, wrap: number): number => ((value % wrap) + wrap) % wrap;

/** `later - earlier` on a clock that wraps, by the shorter way round: from -wrap/2 to wrap/2. */
export const difference = (later: number, earlier: number, wrap: number): number => {
  const ahead = wrapped(later - earlier, wrap);
  return ahead >= wrap / 2 ? ahead - wrap : ahead;
};

/** The packet's adaptation field carries a program_clock_reference. §2.4.3.4. */
export const hasPcr = (bytes: Uint8Array, at: number): boolean =>
  adaptationFieldLength(bytes, at) >= 7 && ((bytes[at + 5] ?? 0) & 0x10) !== 0;

/** The PCR in 27 MHz ticks, below PCR_WRAP; meaningful only where `hasPcr`. */
export const readPcr = (bytes: Uint8Array, at: number): number => readClockReference(bytes, at + 6);

/** Writes the six bytes and sets the flag; the adaptation field must have a length of 7 or more. `pcr` is below PCR_WRAP. */
export const writePcr = (bytes: Uint8Array, at: number, pcr: number): void => {
  bytes[at + 5] = (bytes[at + 5] ?? 0) | 0x10;
  writeClockReference(bytes, at + 6, pcr);
};

/** Reads the six bytes of a PCR or OPCR, in 27 MHz ticks. §2.4.3.5. */
export const readClockReference = (bytes: Uint8Array, at: number): number => {
  const low = ((bytes[at + 2] ?? 0) << 9) | ((bytes[at + 3] ?? 0) << 1) | ((bytes[at + 4] ?? 0) >> 7);
  const base = ((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)) * 2 ** 17 + low;
  return base * PCR_PER_STAMP + (((bytes[at + 4] ?? 0) & 1) << 8) + (bytes[at + 5] ?? 0);
};

/** Writes the six bytes of a PCR or OPCR below PCR_WRAP. */
export const writeClockReference = (bytes: Uint8Array, at: number, ticks: number): void => {
  const extension = ticks % PCR_PER_STAMP;
  const base = (ticks - extension) / PCR_PER_STAMP;
  const high = Math.floor(base / 2 ** 17);
  const low = base % 2 ** 17;
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = low >>> 9;
  bytes[at + 3] = low >>> 1;
  bytes[at + 4] = ((low & 1) << 7) | 0x7e | (extension >>> 8);
  bytes[at + 5] = extension;
};

/**
 * Where the five PTS bytes of the PES header that begins in this packet lie, from the sync byte; 0 where there are none:
 * no PES packet begins here, it is scrambled, it has no PTS, or its header goes on in the next packet. §2.4.3.6.
 */
export const ptsOffset = (bytes: Uint8Array, at: number): number => {
  const offset = stampsOffset(bytes, at);
  return offset + 5 <= PACKET_SIZE ? offset : 0;
};

/** Where the five DTS bytes lie, from the sync byte; 0 where the PES header has none of its own (then DTS = PTS). */
export const dtsOffset = (bytes: Uint8Array, at: number): number => {
  const offset = stampsOffset(bytes, at);
  return offset > 0 && offset + 10 <= PACKET_SIZE && ((bytes[at + offset - 2] ?? 0) & 0xc0) === 0xc0 ? offset + 5 : 0;
};

/** The PES packet that begins in this packet is video, by its stream_id. Table 2-22. Meaningful where `ptsOffset` is not 0. */
export const isVideoPes = (bytes: Uint8Array, at: number): boolean => ((bytes[at + payloadOffset(bytes, at) + 3] ?? 0) & 0xf0) === 0xe0;

/** Reads a PTS or DTS: 33 bits in five bytes with marker bits. */
export const readStamp = (bytes: Uint8Array, at: number): number => {
  const low =
    ((bytes[at + 1] ?? 0) << 22) | (((bytes[at + 2] ?? 0) >> 1) << 15) | ((bytes[at + 3] ?? 0) << 7) | ((bytes[at + 4] ?? 0) >> 1);
  return (((bytes[at] ?? 0) >> 1) & 7) * 2 ** 30 + low;
};

/** Writes the five bytes of a PTS, DTS or DTS_next_AU below STAMP_WRAP; `prefix`: the four bits before it. §2.4.3.7. */
export const writeNewStamp = (bytes: Uint8Array, at: number, prefix: number, stamp: number): void => {
  bytes[at] = (prefix << 4) | 1;
  bytes[at + 2] = 1;
  bytes[at + 4] = 1;
  writeStamp(bytes, at, stamp);
};

/** Writes a PTS or DTS below STAMP_WRAP over one that is there; prefix and marker bits stay. */
export const writeStamp = (bytes: Uint8Array, at: number, stamp: number): void => {
  const high = Math.floor(stamp / 2 ** 30);
  const low = stamp % 2 ** 30;
  bytes[at] = ((bytes[at] ?? 0) & 0xf1) | (high << 1);
  bytes[at + 1] = low >>> 22;
  bytes[at + 2] = ((bytes[at + 2] ?? 0) & 1) | ((low >>> 14) & 0xfe);
  bytes[at + 3] = low >>> 7;
  bytes[at + 4] = ((bytes[at + 4] ?? 0) & 1) | ((low << 1) & 0xfe);
};

/** Where the time stamps of a PES header begin, from the sync byte; 0 where there are none. */
const stampsOffset = (bytes: Uint8Array, at: number): number => {
  if (!payloadUnitStart(bytes, at) || isScrambled(bytes, at)) {
    return 0;
  }
  const offset = payloadOffset(bytes, at);
  const pes = at + offset;
  if (offset + PES_FIXED > PACKET_SIZE || bytes[pes] !== 0 || bytes[pes + 1] !== 0 || bytes[pes + 2] !== 1) {
    return 0;
  }
  const hasHeader = !HEADERLESS.has(bytes[pes + 3] ?? 0) && ((bytes[pes + 6] ?? 0) & 0xc0) === 0x80;
  return hasHeader && ((bytes[pes + 7] ?? 0) & 0x80) !== 0 ? offset + PES_FIXED : 0;
};

/** Bytes of a PES header before its optional fields. */
const PES_FIXED = 9;

/** stream_id values whose PES packets have no optional header: padding, maps and control. Table 2-22 and §2.4.3.7. */
export const HEADERLESS: ReadonlySet<number> = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);
