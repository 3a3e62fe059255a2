import { BitReader } from "@bilbycast/foundation/bytes";
import { ue } from "./exp-golomb.ts";
import { readRbsp } from "./rbsp.ts";
import { eachSeiMessage, RECOVERY_POINT } from "./sei.ts";

/** What a NAL unit is to somebody who carries access units and does not decode them. */
export type NalRole =
  /** Bytes of a picture. `random`: decoding may begin with it. */
  | "slice"
  | "random_access_slice"
  | "intra_slice"
  /** SEI that says that decoding may begin here. */
  | "recovery_point"
  /** Delimiters, filler and ends: of no use where access units are told apart otherwise. */
  | "dispensable"
  | "other";

/** nal_unit_type. H.264 table 7-1. */
const SLICE = 1;
const IDR_SLICE = 5;
const SEI = 6;
const ACCESS_UNIT_DELIMITER = 9;
const FILLER = 12;
/** Bytes of a slice header that hold slice_type. */
const FRONT = 16;

export const h264Role = (nal: Uint8Array): NalRole => {
  const type = (nal[0] ?? 0) & 0x1f;
  if (type === IDR_SLICE) {
    return "random_access_slice";
  }
  if (type >= SLICE && type < IDR_SLICE) {
    const reader = new BitReader(readRbsp(nal, 1, Math.min(nal.length, FRONT)));
    ue(reader);
    const kind = ue(reader) % 5;
    // I and SI. §7.4.3.
    return !reader.overrun && (kind === 2 || kind === 4) ? "intra_slice" : "slice";
  }
  if (type === SEI) {
    let recovers = false;
    eachSeiMessage(readRbsp(nal, 1, nal.length), (payloadType) => (recovers ||= payloadType === RECOVERY_POINT));
    return recovers ? "recovery_point" : "other";
  }
  return type >= ACCESS_UNIT_DELIMITER && type <= FILLER ? "dispensable" : "other";
};

/** nal_unit_type. H.265 table 7-1. */
const LAST_SLICE = 31;
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const HEVC_DELIMITER = 35;
const HEVC_FILLER = 38;

export const hevcRole = (nal: Uint8Array): NalRole => {
  const type = ((nal[0] ?? 0) >> 1) & 0x3f;
  if (type <= LAST_SLICE) {
    return type >= FIRST_IRAP && type <= LAST_IRAP ? "random_access_slice" : "slice";
  }
  return type >= HEVC_DELIMITER && type <= HEVC_FILLER ? "dispensable" : "other";
};
