import { BitReader } from "@bilbycast/foundation/bytes";
import { se, ue } from "./exp-golomb.ts";
import { h264Level, h264Profile } from "./h264-profile.ts";
import { readH264Vui, type H264Vui } from "./h264-vui.ts";
import { readRbsp } from "./rbsp.ts";
import { chromaOf, chromaStep, reduced, type VideoFormat } from "./video-format.ts";

/** Sequence parameter set of H.264, as far as anything here needs it. §7.3.2.1.1. */
export type H264Sps = {
  /** 0 to 31. */
  id: number;
  profileIdc: number;
  /** constraint_set0_flag is the highest bit. */
  constraintFlags: number;
  levelIdc: number;
  chromaFormatIdc: number;
  separateColourPlanes: boolean;
  bitDepth: number;
  bitDepthChroma: number;
  /** Bits of frame_num in slice headers. */
  frameNumBits: number;
  /** Bits of pic_order_cnt_lsb in slice headers; 0 unless pic_order_cnt_type is 0. */
  pocLsbBits: number;
  frameMbsOnly: boolean;
  /** Luma samples. */
  codedWidth: number;
  codedHeight: number;
  width: number;
  height: number;
  vui?: H264Vui | undefined;
};

/** Profiles that have the chroma fields. */
const CHROMA_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const MACROBLOCK = 16;
/** Macroblocks along a side: 16384 samples, twice what level 6.2 admits. */
const SIDE_MAX = 1024;

/** Reads a NAL unit of type 7, its header byte first; `undefined` for anything that is no right parameter set. */
export const readH264Sps = (nal: Uint8Array): H264Sps | undefined => {
  const reader = new BitReader(readRbsp(nal, 1, nal.length));
  const profileIdc = reader.read(8);
  const constraintFlags = reader.read(8);
  const levelIdc = reader.read(8);
  const id = ue(reader);
  const chroma = CHROMA_PROFILES.has(profileIdc) ? readChroma(reader) : PLAIN_CHROMA;
  const frameNumBits = ue(reader) + 4;
  const pocLsbBits = readPicOrderCount(reader);
  ue(reader); // max_num_ref_frames
  reader.skip(1);
  const size = readSize(reader, chroma.separateColourPlanes ? 0 : chroma.chromaFormatIdc);
  if (reader.overrun || id > 31 || chroma.chromaFormatIdc > 3 || chroma.bitDepth > 14 || chroma.bitDepthChroma > 14 || size === undefined) {
    return undefined;
  }
  if (frameNumBits > 16 || pocLsbBits > 16) {
    return undefined;
  }
  const front = { id, profileIdc, constraintFlags, levelIdc, ...chroma, frameNumBits, pocLsbBits, ...size };
  // A VUI that is cut off takes nothing from what came before it.
  return reader.flag() && !reader.overrun ? { ...front, vui: readH264Vui(reader) } : front;
};

type Chroma = Pick<H264Sps, "chromaFormatIdc" | "separateColourPlanes" | "bitDepth" | "bitDepthChroma">;

const PLAIN_CHROMA: Chroma = { chromaFormatIdc: 1, separateColourPlanes: false, bitDepth: 8, bitDepthChroma: 8 };

const readChroma = (reader: BitReader): Chroma => {
  const chromaFormatIdc = ue(reader);
  const separateColourPlanes = chromaFormatIdc === 3 && reader.flag();
  const bitDepth = ue(reader) + 8;
  const bitDepthChroma = ue(reader) + 8;
  reader.skip(1);
  if (reader.flag()) {
    for (let list = 0; list < (chromaFormatIdc === 3 ? 12 : 8); list++) {
      if (reader.flag()) {
        skipScalingList(reader, list < 6 ? 16 : 64);
      }
    }
  }
  return { chromaFormatIdc, separateColourPlanes, bitDepth, bitDepthChroma };
};

/** §7.3.2.1.1.1. */
const skipScalingList = (reader: BitReader, size: number): void => {
  let last = 8;
  for (let i = 0; i < size; i++) {
    const next = (last + se(reader) + 256) & 0xff;
    if (next === 0) {
      return;
    }
    last = next;
  }
};

/** Returns the bits of pic_order_cnt_lsb; 17 for a type that does not exist. */
const readPicOrderCount = (reader: BitReader): number => {
  const type = ue(reader);
  if (type === 0) {
    return ue(reader) + 4;
  }
  if (type === 1) {
    reader.skip(1);
    se(reader);
    se(reader);
    for (let left = Math.min(255, ue(reader)); left > 0; left--) {
      se(reader);
    }
  }
  return type > 2 ? 17 : 0;
};

type Size = Pick<H264Sps, "frameMbsOnly" | "codedWidth" | "codedHeight" | "width" | "height">;

/** `undefined` when the cropping leaves nothing. */
const readSize = (reader: BitReader, chromaArrayType: number): Size | undefined => {
  const across = ue(reader) + 1;
  const down = ue(reader) + 1;
  const frameMbsOnly = reader.flag();
  if (!frameMbsOnly) {
    reader.skip(1);
  }
  reader.skip(1);
  const crop = reader.flag() ? [ue(reader), ue(reader), ue(reader), ue(reader)] : [];
  if (across > SIDE_MAX || down > SIDE_MAX) {
    return undefined;
  }
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const step = chromaStep(chromaArrayType);
  const fields = frameMbsOnly ? 1 : 2;
  const codedWidth = across * MACROBLOCK;
  const codedHeight = down * MACROBLOCK * fields;
  const width = codedWidth - (left + right) * step.across;
  const height = codedHeight - (top + bottom) * step.down * fields;
  return width > 0 && height > 0 ? { frameMbsOnly, codedWidth, codedHeight, width, height } : undefined;
};

/** The set as people speak of it. */
export const h264Format = (sps: H264Sps): VideoFormat => {
  const { vui } = sps;
  return {
    codec: "h264",
    profile: h264Profile(sps.profileIdc, sps.constraintFlags),
    level: h264Level(sps.profileIdc, sps.constraintFlags, sps.levelIdc),
    width: sps.width,
    height: sps.height,
    codedWidth: sps.codedWidth,
    codedHeight: sps.codedHeight,
    chroma: chromaOf(sps.chromaFormatIdc),
    bitDepth: sps.bitDepth,
    sampleAspectRatio: vui?.sampleAspectRatio,
    // A tick is a field. §E.2.1.
    frameRate: vui?.timing === undefined ? undefined : reduced(vui.timing.timeScale, vui.timing.unitsInTick * 2),
    ...(vui?.fixedFrameRate === undefined ? {} : { fixedFrameRate: vui.fixedFrameRate }),
    scan: sps.frameMbsOnly ? "progressive" : "interlaced",
    colour: vui?.colour ?? {},
    maxReorderFrames: vui?.maxReorderFrames,
  };
};
