import { BitReader } from "@bilbycast/foundation/bytes";
import type { PictureType } from "./access-unit.ts";
import { ue } from "./exp-golomb.ts";
import type { H264Sps } from "./h264-sps.ts";
import { readRbsp } from "./rbsp.ts";

/** Picture parameter set of H.264: what slice headers need of it. §7.3.2.2. */
export type H264Pps = { /** 0 to 255. */ id: number; /** 0 to 31. */ spsId: number };

/** Reads a NAL unit of type 8, its header byte first; a cut one will do. */
export const readH264Pps = (nal: Uint8Array): H264Pps | undefined => {
  const reader = new BitReader(readRbsp(nal, 1, Math.min(nal.length, FRONT)));
  const id = ue(reader);
  const spsId = ue(reader);
  return reader.overrun || id > 255 || spsId > 31 ? undefined : { id, spsId };
};

/** Bytes within which the first fields of a slice header lie, with room for emulation prevention. */
const FRONT = 48;

/** First fields of a slice header. §7.3.3. */
export type H264Slice = {
  firstMb: number;
  pictureType: PictureType;
  ppsId: number;
  isIdr: boolean;
  isReference: boolean;
  /** Those behind need the parameter sets; without them they are 0 and false. */
  frameNum: number;
  isField: boolean;
  isBottomField: boolean;
  idrPicId: number;
  pocLsb: number;
};

/** slice_type modulo 5: P, B, I, SP, SI. §7.4.3. */
const TYPES: readonly PictureType[] = ["P", "B", "I", "P", "I"];

const IDR = 5;

/** Reads a NAL unit of type 1, 2 or 5, its header byte first; `spsOf` gives the parameter set behind a pic_parameter_set_id. */
export const readH264Slice = (nal: Uint8Array, spsOf: (ppsId: number) => H264Sps | undefined): H264Slice | undefined => {
  const reader = new BitReader(readRbsp(nal, 1, Math.min(nal.length, FRONT)));
  const firstMb = ue(reader);
  const sliceType = ue(reader);
  const ppsId = ue(reader);
  const pictureType = TYPES[sliceType % 5];
  if (reader.overrun || sliceType > 9 || ppsId > 255 || pictureType === undefined) {
    return undefined;
  }
  const isIdr = ((nal[0] ?? 0) & 0x1f) === IDR;
  const front = { firstMb, pictureType, ppsId, isIdr, isReference: ((nal[0] ?? 0) & 0x60) !== 0 };
  const sps = spsOf(ppsId);
  if (sps === undefined) {
    return { ...front, frameNum: 0, isField: false, isBottomField: false, idrPicId: 0, pocLsb: 0 };
  }
  if (sps.separateColourPlanes) {
    reader.skip(2);
  }
  const frameNum = reader.read(sps.frameNumBits);
  const isField = !sps.frameMbsOnly && reader.flag();
  const isBottomField = isField && reader.flag();
  const idrPicId = isIdr ? ue(reader) : 0;
  const pocLsb = reader.read(sps.pocLsbBits);
  return reader.overrun ? undefined : { ...front, frameNum, isField, isBottomField, idrPicId, pocLsb };
};

/** The slice begins another primary picture than that of the slice before it. §7.4.1.2.4. */
export const beginsPicture = (slice: H264Slice, before: H264Slice): boolean =>
  slice.firstMb === 0 ||
  slice.frameNum !== before.frameNum ||
  slice.ppsId !== before.ppsId ||
  slice.isField !== before.isField ||
  slice.isBottomField !== before.isBottomField ||
  slice.isReference !== before.isReference ||
  slice.isIdr !== before.isIdr ||
  slice.idrPicId !== before.idrPicId ||
  slice.pocLsb !== before.pocLsb;

/** It is of the second field of the frame whose first field `before` belongs to. §7.4.1.2.4, §3.30. */
export const isSecondField = (slice: H264Slice, before: H264Slice): boolean =>
  slice.isField && before.isField && slice.isBottomField !== before.isBottomField && slice.frameNum === before.frameNum && !slice.isIdr;
