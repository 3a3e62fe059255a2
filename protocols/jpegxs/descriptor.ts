import { u16, u32 } from "@bilbycast/foundation/bytes";
import { levelName, profileName } from "./names.ts";

/** descriptor_tag_extension, version, sizes, brat, frat, schar, Ppih, Plev. */
const SIZE = 1 + 1 + 4 + 4 + 4 + 2 + 2 + 2;
/** descriptor_tag_extension in an extension descriptor (tag 0x3F). ISO/IEC 13818-1 table 2-109. */
const JPEG_XS_VIDEO = 0x14;

/** sampling_structure 0 to 3. ISO/IEC 21122-3 annex A. */
const CHROMA: readonly string[] = ["4:2:2", "4:4:4", "4:4:4", "4:2:0"];
/** framerate_DEN 1 and 2. */
const DENOMINATORS: readonly (number | undefined)[] = [undefined, 1, 1.001];

/** JPEG_XS_video_descriptor. ISO/IEC 13818-1 §2.6.127. */
export type JpegXsDescriptor = {
  width: number;
  /** Of a codestream: of a field where the video is interlaced. */
  height: number;
  /** The most, in bits per second; 0: not said. */
  bitRate: number;
  interlaced: boolean;
  /** Frames per second; `undefined` when it is not said or reserved. */
  frameRate: number | undefined;
  /** Absent when sampling is not said. */
  bitDepth?: number;
  chroma?: string;
  profile: string | undefined;
  level: string | undefined;
};

/** Reads the data of an extension descriptor, its descriptor_tag_extension first; `undefined` when it is another, cut off or of a later version. */
export const readJpegXsDescriptor = (data: Uint8Array): JpegXsDescriptor | undefined => {
  if (data.length < SIZE || data[0] !== JPEG_XS_VIDEO || data[1] !== 0) {
    return undefined;
  }
  const frat = u32(data, 10);
  const schar = u16(data, 14);
  const denominator = DENOMINATORS[(frat >>> 24) & 0x3f];
  const numerator = frat & 0xffff;
  const chroma = CHROMA[schar & 0x0f];
  const isSampled = (schar & 0x8000) !== 0;
  return {
    width: u16(data, 2),
    height: u16(data, 4),
    bitRate: u32(data, 6) * 1_000_000,
    interlaced: frat >>> 30 !== 0,
    frameRate: denominator === undefined || numerator === 0 ? undefined : numerator / denominator,
    ...(isSampled ? { bitDepth: ((schar >> 4) & 0x0f) + 1 } : {}),
    ...(isSampled && chroma !== undefined ? { chroma } : {}),
    profile: profileName(u16(data, 16)),
    level: levelName(u16(data, 18)),
  };
};
