import { crc32, setU16, u16 } from "@bilbycast/foundation/bytes";
import { CA_DESCRIPTOR } from "../psi/conditional-access.ts";

/** Where a PID goes; negative: it does not pass. */
export type PidMapping = (pid: number) => number;

const HEADER = 8;
const CRC_SIZE = 4;

/**
 * A PAT section with its PIDs mapped; what does not pass is left out. Nothing else changes, reserved bits included.
 * The version_number is that of the source, and the CRC is not right yet: see `seal`.
 */
export const mapAssociation = (section: Uint8Array, to: PidMapping): Uint8Array => {
  const out = new Uint8Array(section.length);
  const end = section.length - CRC_SIZE;
  let size = copied(section, 0, HEADER, out, 0);
  for (let at = HEADER; at + 4 <= end; at += 4) {
    const pid = to(u16(section, at + 2) & 0x1fff);
    if (pid >= 0) {
      const target = size;
      size = copied(section, at, at + 4, out, size);
      putPid(out, target + 2, pid);
    }
  }
  return finished(out, size);
};

/** The same for a PMT section; `pcrPid` as it is to stand in it. */
export const mapProgram = (section: Uint8Array, to: PidMapping, pcrPid: number): Uint8Array => {
  const out = new Uint8Array(section.length);
  const end = section.length - CRC_SIZE;
  const infoEnd = HEADER + 4 + (u16(section, HEADER + 2) & 0x0fff);
  let size = copied(section, 0, infoEnd, out, 0);
  putPid(out, HEADER, pcrPid);
  mapAccess(out, HEADER + 4, infoEnd, to);
  for (let at = infoEnd; at + 5 <= end;) {
    const next = at + 5 + (u16(section, at + 3) & 0x0fff);
    if (next > end) {
      break;
    }
    const pid = to(u16(section, at + 1) & 0x1fff);
    if (pid >= 0) {
      const target = size;
      size = copied(section, at, next, out, size);
      putPid(out, target + 1, pid);
      mapAccess(out, target + 5, size, to);
    }
    at = next;
  }
  return finished(out, size);
};

/** The same for a CAT section. */
export const mapConditionalAccess = (section: Uint8Array, to: PidMapping): Uint8Array => {
  const out = section.slice();
  mapAccess(out, HEADER, section.length - CRC_SIZE, to);
  return out;
};

/** A checksum of the content, whatever its version is. */
export const contentOf = (section: Uint8Array): number => {
  const bytes = section.slice(0, section.length - CRC_SIZE);
  bytes[5] = (bytes[5] ?? 0) & 0xc1;
  return crc32(bytes, 0, bytes.length);
};

/** Writes the version_number and the CRC. */
export const seal = (section: Uint8Array, versionNumber: number): Uint8Array => {
  section[5] = ((section[5] ?? 0) & 0xc1) | (versionNumber << 1);
  const end = section.length - CRC_SIZE;
  const crc = crc32(section, 0, end);
  section.set([crc >>> 24, crc >>> 16, crc >>> 8, crc], end);
  return section;
};

const copied = (from: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number => {
  out.set(from.subarray(start, end), at);
  return at + end - start;
};

/** Cuts the section to the bytes that it has, with room for its CRC. */
const finished = (out: Uint8Array, size: number): Uint8Array => {
  const length = size + CRC_SIZE - 3;
  out[1] = ((out[1] ?? 0) & 0xf0) | (length >> 8);
  out[2] = length;
  return out.slice(0, size + CRC_SIZE);
};

const putPid = (bytes: Uint8Array, at: number, pid: number): void => setU16(bytes, at, (u16(bytes, at) & 0xe000) | pid);

/** CA descriptors name PIDs too; one whose PID does not pass stays as it is. */
const mapAccess = (bytes: Uint8Array, from: number, end: number, to: PidMapping): void => {
  for (let at = from; at + 2 <= end; at += 2 + (bytes[at + 1] ?? 0)) {
    const length = bytes[at + 1] ?? 0;
    if (bytes[at] === CA_DESCRIPTOR && length >= 4 && at + 2 + length <= end) {
      const pid = to(u16(bytes, at + 4) & 0x1fff);
      if (pid >= 0) {
        putPid(bytes, at + 4, pid);
      }
    }
  }
};
