import { BitReader } from "@bilbycast/foundation/bytes";
import { ue } from "./exp-golomb.ts";
import { skipReferenceSets, skipScalingLists } from "./hevc-lists.ts";
import { hevcLevel, hevcProfile, readProfileTierLevel, type ProfileTierLevel } from "./hevc-profile.ts";
import type { HevcVps } from "./hevc-vps.ts";
import { readRbsp } from "./rbsp.ts";
import { chromaOf, chromaStep, reduced, type Colour, type Ratio, type VideoFormat } from "./video-format.ts";
import { readTiming, readVuiFront, type Timing } from "./vui.ts";

/** Sequence parameter set of HEVC, as far as anything here needs it. §7.3.2.2. */
export type HevcSps = {
  vpsId: number;
  /** 0 to 15. */
  id: number;
  levels: ProfileTierLevel;
  chromaFormatIdc: number;
  separateColourPlanes: boolean;
  bitDepth: number;
  bitDepthChroma: number;
  /** Luma samples. */
  codedWidth: number;
  codedHeight: number;
  width: number;
  height: number;
  maxReorderPictures: number;
  /** Bits of slice_segment_address. */
  addressBits: number;
  vui?: HevcVui | undefined;
};

/** Video usability information of HEVC, its front. §E.2.1. */
export type HevcVui = {
  sampleAspectRatio: Ratio | undefined;
  colour: Colour;
  /** Each picture is a field. */
  fieldSequence: boolean;
  /** frame_field_info_present_flag: picture timing SEI have pic_struct. */
  frameFieldInfo: boolean;
  timing?: Timing;
};

/** Twice what level 6.2 admits. */
const SIDE_MAX = 16_888;

/** Reads a NAL unit of type 33, its header of two bytes first; `undefined` for anything that is no right parameter set. */
export const readHevcSps = (nal: Uint8Array): HevcSps | undefined => {
  const reader = new BitReader(readRbsp(nal, 2, nal.length));
  const vpsId = reader.read(4);
  const maxSubLayers = reader.read(3);
  reader.skip(1);
  const levels = readProfileTierLevel(reader, maxSubLayers);
  const id = ue(reader);
  const chromaFormatIdc = ue(reader);
  const separateColourPlanes = chromaFormatIdc === 3 && reader.flag();
  const size = readSize(reader, separateColourPlanes ? 0 : chromaFormatIdc);
  const bitDepth = ue(reader) + 8;
  const bitDepthChroma = ue(reader) + 8;
  const pocLsbBits = ue(reader) + 4;
  const maxReorderPictures = readReorder(reader, maxSubLayers);
  if (reader.overrun || id > 15 || maxSubLayers > 6 || chromaFormatIdc > 3 || size === undefined) {
    return undefined;
  }
  if (bitDepth > 16 || bitDepthChroma > 16 || pocLsbBits > 16 || maxReorderPictures > 16) {
    return undefined;
  }
  const treeBlockBits = readBlockSizes(reader);
  const front = { vpsId, id, levels, chromaFormatIdc, separateColourPlanes, bitDepth, bitDepthChroma, ...size, maxReorderPictures };
  const addressBits = bitsFor(blocks(size.codedWidth, treeBlockBits) * blocks(size.codedHeight, treeBlockBits));
  const hasVui = treeBlockBits <= 6 && skipToVui(reader, pocLsbBits) && reader.flag();
  if (reader.overrun || treeBlockBits < 3 || treeBlockBits > 6) {
    return undefined;
  }
  return hasVui ? { ...front, addressBits, vui: readVui(reader) } : { ...front, addressBits };
};

const blocks = (samples: number, blockBits: number): number => Math.ceil(samples / 2 ** blockBits);

/** Ceil(Log2(count)). */
const bitsFor = (count: number): number => (count <= 1 ? 0 : 32 - Math.clz32(count - 1));

type Size = Pick<HevcSps, "codedWidth" | "codedHeight" | "width" | "height">;

/** `undefined` when the conformance window leaves nothing. */
const readSize = (reader: BitReader, chromaArrayType: number): Size | undefined => {
  const codedWidth = ue(reader);
  const codedHeight = ue(reader);
  const window = reader.flag() ? [ue(reader), ue(reader), ue(reader), ue(reader)] : [];
  const [left = 0, right = 0, top = 0, bottom = 0] = window;
  const step = chromaStep(chromaArrayType);
  const width = codedWidth - (left + right) * step.across;
  const height = codedHeight - (top + bottom) * step.down;
  const possible = codedWidth <= SIDE_MAX && codedHeight <= SIDE_MAX && width > 0 && height > 0;
  return possible ? { codedWidth, codedHeight, width, height } : undefined;
};

/** sps_max_num_reorder_pics of the highest sub-layer. */
const readReorder = (reader: BitReader, maxSubLayers: number): number => {
  let pictures = 0;
  for (let layers = reader.flag() ? maxSubLayers + 1 : 1; layers > 0; layers--) {
    ue(reader);
    pictures = ue(reader);
    ue(reader);
  }
  return pictures;
};

/** Returns CtbLog2SizeY, 3 to 6 when right. */
const readBlockSizes = (reader: BitReader): number => {
  const codingBlockBits = ue(reader) + 3;
  const treeBlockBits = codingBlockBits + ue(reader);
  for (let i = 0; i < 4; i++) {
    ue(reader);
  }
  return treeBlockBits;
};

/** From scaling_list_enabled_flag to before vui_parameters_present_flag; false when a count is too high. */
const skipToVui = (reader: BitReader, pocLsbBits: number): boolean => {
  if (reader.flag() && reader.flag()) {
    skipScalingLists(reader);
  }
  reader.skip(2);
  if (reader.flag()) {
    reader.skip(8);
    ue(reader);
    ue(reader);
    reader.skip(1);
  }
  if (!skipReferenceSets(reader)) {
    return false;
  }
  if (reader.flag()) {
    const pictures = ue(reader);
    if (pictures > 32) {
      return false;
    }
    reader.skip(pictures * (pocLsbBits + 1));
  }
  reader.skip(2);
  return true;
};

/** `undefined` when it is cut off. */
const readVui = (reader: BitReader): HevcVui | undefined => {
  const front = readVuiFront(reader);
  reader.skip(1);
  const fieldSequence = reader.flag();
  const frameFieldInfo = reader.flag();
  if (reader.flag()) {
    for (let i = 0; i < 4; i++) {
      ue(reader);
    }
  }
  const timing = reader.flag() ? readTiming(reader) : undefined;
  if (reader.overrun) {
    return undefined;
  }
  return { ...front, fieldSequence, frameFieldInfo, ...(timing === undefined ? {} : { timing }) };
};

/** The set as people speak of it; `vps` is the one that it names, where that is known. */
export const hevcFormat = (sps: HevcSps, vps: HevcVps | undefined): VideoFormat => {
  const { levels, vui } = sps;
  const timing = vui?.timing ?? vps?.timing;
  return {
    codec: "hevc",
    profile: hevcProfile(levels),
    level: hevcLevel(levels.levelIdc),
    tier: levels.highTier ? "High" : "Main",
    width: sps.width,
    height: sps.height,
    codedWidth: sps.codedWidth,
    codedHeight: sps.codedHeight,
    chroma: chromaOf(sps.chromaFormatIdc),
    bitDepth: sps.bitDepth,
    sampleAspectRatio: vui?.sampleAspectRatio,
    // A tick is a picture; of a sequence of fields, two of them are a frame.
    frameRate: timing === undefined ? undefined : reduced(timing.timeScale, timing.unitsInTick * (vui?.fieldSequence === true ? 2 : 1)),
    scan: vui?.fieldSequence === true || (levels.interlacedSource && !levels.progressiveSource) ? "interlaced" : "progressive",
    colour: vui?.colour ?? {},
    maxReorderFrames: sps.maxReorderPictures,
  };
};
