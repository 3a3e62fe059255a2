import { setU16, u16 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import { readClockReference, readStamp, writeClockReference, writeNewStamp } from "./media-time.ts";
import { adaptationFieldLength } from "./packet.ts";

/** All fields of an adaptation field. ISO/IEC 13818-1 §2.4.3.4, §2.4.3.5. For hot paths there are `hasPcr`, `readPcr` and their like. */
export type AdaptationField = {
  discontinuityIndicator: boolean;
  randomAccessIndicator: boolean;
  elementaryStreamPriorityIndicator: boolean;
  /** 27 MHz ticks, below PCR_WRAP. */
  pcr?: number;
  opcr?: number;
  /** Packets of the PID until a splicing point, -128 to 127; negative behind it. */
  spliceCountdown?: number;
  /** transport_private_data; a view of the packet. */
  privateData?: Uint8Array;
  extension?: AdaptationExtension;
};

/** adaptation_field_extension. What it has behind these fields is reserved, and not kept. */
export type AdaptationExtension = {
  /** Legal time window: ltw_valid_flag and ltw_offset, 15 bits. */
  legalTimeWindow?: { isValid: boolean; offset: number };
  /** 22 bits, units of 50 bytes a second. */
  piecewiseRate?: number;
  seamlessSplice?: { /** 4 bits. */ spliceType: number; /** DTS_next_AU, 90 kHz. */ dtsNextAccessUnit: number };
};

const CLOCK_SIZE = 6;
const LTW_SIZE = 2;
const RATE_SIZE = 3;
const SPLICE_SIZE = 5;
/** adaptation_field_length of a packet without and with a payload. */
const LONGEST = 183;

/**
 * The adaptation field of the packet; `undefined` where there is none, or an empty one of length 0.
 * A field that would reach past its end is left out, with all that follow: nothing behind it can be found.
 */
export const readAdaptationField = (bytes: Uint8Array, at: number): AdaptationField | undefined => {
  const length = adaptationFieldLength(bytes, at);
  if (length === 0) {
    return undefined;
  }
  const flags = bytes[at + 5] ?? 0;
  const field: AdaptationField = {
    discontinuityIndicator: (flags & 0x80) !== 0,
    randomAccessIndicator: (flags & 0x40) !== 0,
    elementaryStreamPriorityIndicator: (flags & 0x20) !== 0,
  };
  const end = at + 5 + length;
  let next = at + 6;
  if ((flags & 0x10) !== 0) {
    if (next + CLOCK_SIZE > end) {
      return field;
    }
    field.pcr = readClockReference(bytes, next);
    next += CLOCK_SIZE;
  }
  if ((flags & 0x08) !== 0) {
    if (next + CLOCK_SIZE > end) {
      return field;
    }
    field.opcr = readClockReference(bytes, next);
    next += CLOCK_SIZE;
  }
  if ((flags & 0x04) !== 0 && next < end) {
    field.spliceCountdown = ((bytes[next] ?? 0) << 24) >> 24;
  }
  readVariable(bytes, next + ((flags & 0x04) === 0 ? 0 : 1), end, field, flags);
  return field;
};

/** Bytes of the field with its length byte, without stuffing. */
export const adaptationFieldSize = (field: AdaptationField): number =>
  2 +
  (field.pcr === undefined ? 0 : CLOCK_SIZE) +
  (field.opcr === undefined ? 0 : CLOCK_SIZE) +
  (field.spliceCountdown === undefined ? 0 : 1) +
  (field.privateData === undefined ? 0 : 1 + field.privateData.length) +
  (field.extension === undefined ? 0 : extensionSize(field.extension));

/**
 * Writes the field behind a header of 4 bytes at `at` and sets adaptation_field_control's bit for it. `length`: adaptation_field_length,
 * at least the field's size less one; what is left is stuffing. Whether the packet has a payload behind it is the caller's.
 */
export const writeAdaptationField = (bytes: Uint8Array, at: number, field: AdaptationField, length: number): void => {
  check(length <= LONGEST && length >= adaptationFieldSize(field) - 1, "an adaptation field fits its length and its packet");
  bytes[at + 3] = (bytes[at + 3] ?? 0) | 0x20;
  bytes[at + 4] = length;
  bytes[at + 5] = flagsOf(field);
  let next = at + 6;
  for (const clock of [field.pcr, field.opcr]) {
    if (clock !== undefined) {
      writeClockReference(bytes, next, clock);
      next += CLOCK_SIZE;
    }
  }
  if (field.spliceCountdown !== undefined) {
    bytes[next++] = field.spliceCountdown;
  }
  if (field.privateData !== undefined) {
    bytes[next] = field.privateData.length;
    bytes.set(field.privateData, next + 1);
    next += 1 + field.privateData.length;
  }
  if (field.extension !== undefined) {
    next = writeExtension(bytes, next, field.extension);
  }
  bytes.fill(0xff, next, at + 5 + length);
};

const flagsOf = (field: AdaptationField): number =>
  (field.discontinuityIndicator ? 0x80 : 0) |
  (field.randomAccessIndicator ? 0x40 : 0) |
  (field.elementaryStreamPriorityIndicator ? 0x20 : 0) |
  (field.pcr === undefined ? 0 : 0x10) |
  (field.opcr === undefined ? 0 : 0x08) |
  (field.spliceCountdown === undefined ? 0 : 0x04) |
  (field.privateData === undefined ? 0 : 0x02) |
  (field.extension === undefined ? 0 : 0x01);

/** The two fields that say their own length. */
const readVariable = (bytes: Uint8Array, from: number, end: number, field: AdaptationField, flags: number): void => {
  let at = from;
  if ((flags & 0x02) !== 0) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (at >= end || next > end) {
      return;
    }
    field.privateData = bytes.subarray(at + 1, next);
    at = next;
  }
  const next = at + 1 + (bytes[at] ?? 0);
  // Its length counts the byte of its flags.
  if ((flags & 0x01) !== 0 && at + 1 < end && next <= end && next > at + 1) {
    field.extension = readExtension(bytes, at + 1, next);
  }
};

const readExtension = (bytes: Uint8Array, at: number, end: number): AdaptationExtension => {
  const flags = bytes[at] ?? 0;
  const extension: AdaptationExtension = {};
  let next = at + 1;
  if ((flags & 0x80) !== 0) {
    if (next + LTW_SIZE > end) {
      return extension;
    }
    const window = u16(bytes, next);
    extension.legalTimeWindow = { isValid: (window & 0x8000) !== 0, offset: window & 0x7fff };
    next += LTW_SIZE;
  }
  if ((flags & 0x40) !== 0) {
    if (next + RATE_SIZE > end) {
      return extension;
    }
    extension.piecewiseRate = (((bytes[next] ?? 0) & 0x3f) << 16) | u16(bytes, next + 1);
    next += RATE_SIZE;
  }
  if ((flags & 0x20) !== 0 && next + SPLICE_SIZE <= end) {
    extension.seamlessSplice = { spliceType: (bytes[next] ?? 0) >> 4, dtsNextAccessUnit: readStamp(bytes, next) };
  }
  return extension;
};

const extensionSize = ({ legalTimeWindow, piecewiseRate, seamlessSplice }: AdaptationExtension): number =>
  2 +
  (legalTimeWindow === undefined ? 0 : LTW_SIZE) +
  (piecewiseRate === undefined ? 0 : RATE_SIZE) +
  (seamlessSplice === undefined ? 0 : SPLICE_SIZE);

const writeExtension = (bytes: Uint8Array, at: number, extension: AdaptationExtension): number => {
  const { legalTimeWindow, piecewiseRate, seamlessSplice } = extension;
  bytes[at] = extensionSize(extension) - 1;
  // af_descriptor_not_present_flag and the reserved bits are 1.
  bytes[at + 1] =
    0x1f |
    (legalTimeWindow === undefined ? 0 : 0x80) |
    (piecewiseRate === undefined ? 0 : 0x40) |
    (seamlessSplice === undefined ? 0 : 0x20);
  let next = at + 2;
  if (legalTimeWindow !== undefined) {
    setU16(bytes, next, (legalTimeWindow.isValid ? 0x8000 : 0) | (legalTimeWindow.offset & 0x7fff));
    next += LTW_SIZE;
  }
  if (piecewiseRate !== undefined) {
    bytes[next] = 0xc0 | ((piecewiseRate >> 16) & 0x3f);
    setU16(bytes, next + 1, piecewiseRate);
    next += RATE_SIZE;
  }
  if (seamlessSplice !== undefined) {
    writeNewStamp(bytes, next, seamlessSplice.spliceType & 0x0f, seamlessSplice.dtsNextAccessUnit);
    next += SPLICE_SIZE;
  }
  return next;
};
