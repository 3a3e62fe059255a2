import { u16, u32 } from "@bilbycast/foundation/bytes";
import { levelName, profileName } from "./names.ts";

/** Markers. ISO/IEC 21122-1 table A.2. */
const SOC = 0xff10;
const PIH = 0xff12;
const CDT = 0xff13;
/** Slices begin: no header segment comes any more. */
const SLH = 0xff20;

/** "jxes": the box before the codestream in a PES packet. ISO/IEC 13818-1 §2.17. */
const ELEMENTARY_STREAM_BOX = 0x6a786573;
/** A box longer than that is none. */
const BOX_MAX = 64;
/** Segments before the slices at most. */
const SEGMENTS_MAX = 16;
const PIH_SIZE = 26;

/** A codestream as its headers tell. */
export type JpegXsPicture = {
  width: number;
  /** Of a field, where the video is interlaced. */
  height: number;
  profile: string | undefined;
  level: string | undefined;
  /** Of the first component; absent: the component table did not come within the bytes. */
  bitDepth?: number;
  /** "4:0:0", "4:2:0", "4:2:2" or "4:4:4"; absent for other samplings. */
  chroma?: string;
};

/**
 * Reads the front of an access unit in bytes [from, end): the elementary stream header box, where there is one, and the codestream's
 * headers. `undefined` when no codestream begins there or the picture header is not within the bytes.
 */
export const readJpegXsPicture = (bytes: Uint8Array, from: number, end: number): JpegXsPicture | undefined => {
  const start = from + boxSize(bytes, from, end);
  if (start + 2 > end || u16(bytes, start) !== SOC) {
    return undefined;
  }
  let picture: JpegXsPicture | undefined;
  let components = 0;
  let at = start + 2;
  for (let segments = 0; segments < SEGMENTS_MAX && at + 4 <= end; segments++) {
    const marker = u16(bytes, at);
    const size = u16(bytes, at + 2);
    const next = at + 2 + size;
    if (marker === SLH || size < 2 || next > end) {
      break;
    }
    if (marker === PIH && size >= PIH_SIZE) {
      components = bytes[at + 20] ?? 0;
      picture = readPictureHeader(bytes, at);
    } else if (marker === CDT && picture !== undefined) {
      picture = { ...picture, ...readComponents(bytes, at + 4, Math.min(next, at + 4 + 2 * components)) };
    }
    at = next;
  }
  return picture;
};

const boxSize = (bytes: Uint8Array, from: number, end: number): number => {
  const size = u32(bytes, from);
  const isBox = from + 8 <= end && u32(bytes, from + 4) === ELEMENTARY_STREAM_BOX && size >= 8 && size <= BOX_MAX;
  return isBox ? size : 0;
};

/** Picture header: Lpih, Lcod, Ppih, Plev, Wf, Hf. §A.4.3. */
const readPictureHeader = (bytes: Uint8Array, at: number): JpegXsPicture | undefined => {
  const width = u16(bytes, at + 12);
  const height = u16(bytes, at + 14);
  return width === 0 || height === 0
    ? undefined
    : { width, height, profile: profileName(u16(bytes, at + 8)), level: levelName(u16(bytes, at + 10)) };
};

/** Component table: precision and sampling factors of each. §A.4.5. */
const readComponents = (bytes: Uint8Array, from: number, end: number): Pick<JpegXsPicture, "bitDepth" | "chroma"> => {
  if (from + 2 > end) {
    return {};
  }
  const bitDepth = bytes[from] ?? 0;
  // Of the second component, columns and rows of luma for each of its samples.
  const chroma = from + 4 > end ? "4:0:0" : CHROMA[bytes[from + 3] ?? 0];
  return chroma === undefined ? { bitDepth } : { bitDepth, chroma };
};

const CHROMA: Readonly<Record<number, string>> = { 0x11: "4:4:4", 0x21: "4:2:2", 0x22: "4:2:0" };
