import { BitReader } from "@bilbycast/foundation/bytes";
import type { PictureType } from "./access-unit.ts";
import { ue } from "./exp-golomb.ts";
import type { HevcSps } from "./hevc-sps.ts";
import { readRbsp } from "./rbsp.ts";

/** Picture parameter set of HEVC: what slice headers need of it. §7.3.2.3. */
export type HevcPps = {
  /** 0 to 63. */
  id: number;
  /** 0 to 15. */
  spsId: number;
  dependentSlices: boolean;
  extraBits: number;
};

/** Bytes within which the fields lie that are read of a slice segment header or a picture parameter set. */
const FRONT = 48;

/** Reads a NAL unit of type 34, its header of two bytes first; a cut one will do. */
export const readHevcPps = (nal: Uint8Array): HevcPps | undefined => {
  const reader = new BitReader(readRbsp(nal, 2, Math.min(nal.length, FRONT)));
  const id = ue(reader);
  const spsId = ue(reader);
  const dependentSlices = reader.flag();
  reader.skip(1);
  const extraBits = reader.read(3);
  return reader.overrun || id > 63 || spsId > 15 ? undefined : { id, spsId, dependentSlices, extraBits };
};

/** First fields of a slice segment header. §7.3.6.1. */
export type HevcSlice = {
  first: boolean;
  ppsId: number;
  /** `undefined` for a dependent slice segment, and where the parameter sets are not known. */
  pictureType: PictureType | undefined;
};

/** slice_type. Table 7-7. */
const TYPES: readonly PictureType[] = ["B", "P", "I"];

/** What pic_parameter_set_id leads to. */
export type HevcParameters = { pps: HevcPps; sps: HevcSps };

/** Reads a NAL unit of type 0 to 31, its header of two bytes first. */
export const readHevcSlice = (
  nal: Uint8Array,
  nalType: number,
  parametersOf: (ppsId: number) => HevcParameters | undefined,
): HevcSlice | undefined => {
  const reader = new BitReader(readRbsp(nal, 2, Math.min(nal.length, FRONT)));
  const first = reader.flag();
  if (nalType >= 16 && nalType <= 23) {
    reader.skip(1);
  }
  const ppsId = ue(reader);
  if (reader.overrun || ppsId > 63) {
    return undefined;
  }
  const parameters = parametersOf(ppsId);
  if (parameters === undefined) {
    return { first, ppsId, pictureType: undefined };
  }
  const { pps, sps } = parameters;
  if (!first) {
    const isDependent = pps.dependentSlices && reader.flag();
    if (isDependent) {
      return { first, ppsId, pictureType: undefined };
    }
    reader.skip(sps.addressBits);
  }
  reader.skip(pps.extraBits);
  const pictureType = TYPES[ue(reader)];
  return reader.overrun || pictureType === undefined ? undefined : { first, ppsId, pictureType };
};
