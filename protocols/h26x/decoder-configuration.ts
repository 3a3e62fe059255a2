import { setU16 } from "@bilbycast/foundation/bytes";
import { readH264Sps } from "./h264-sps.ts";
import { readHevcSps } from "./hevc-sps.ts";
import { readRbsp } from "./rbsp.ts";

/** Bytes of the length that stands before each NAL unit, less one. ISO/IEC 14496-15 §5.3.3.1. */
const LENGTH_SIZE_MINUS_ONE = 3;

/** Profiles whose record ends with the chroma format and bit depths. §5.3.3.1.2. */
const WITH_CHROMA: ReadonlySet<number> = new Set([100, 110, 122, 144, 244]);

/** AVCDecoderConfigurationRecord of these parameter sets; `undefined` without one of each kind, or when the first cannot be read. */
export const avcConfiguration = (spsList: readonly Uint8Array[], ppsList: readonly Uint8Array[]): Uint8Array | undefined => {
  const [first] = spsList;
  const sps = first === undefined ? undefined : readH264Sps(first);
  if (first === undefined || sps === undefined || ppsList.length === 0) {
    return undefined;
  }
  const sets = spsList.slice(0, 31);
  const pictures = ppsList.slice(0, 255);
  return joined([
    Uint8Array.of(1, first[1] ?? 0, first[2] ?? 0, first[3] ?? 0, 0xfc | LENGTH_SIZE_MINUS_ONE, 0xe0 | sets.length),
    ...sets.flatMap(withLength),
    Uint8Array.of(pictures.length),
    ...pictures.flatMap(withLength),
    ...(WITH_CHROMA.has(sps.profileIdc)
      ? [Uint8Array.of(0xfc | sps.chromaFormatIdc, 0xf8 | (sps.bitDepth - 8), 0xf8 | (sps.bitDepthChroma - 8), 0)]
      : []),
  ]);
};

/** nal_unit_type of the arrays of an HEVCDecoderConfigurationRecord. */
const VPS = 32;
const SPS = 33;
const PPS = 34;

/** Bytes of general_profile_space to general_level_idc. H.265 §7.3.3. */
const PROFILE_SIZE = 12;

/** HEVCDecoderConfigurationRecord; `undefined` without a set of each kind, or when the first SPS cannot be read. ISO/IEC 14496-15 §8.3.3.1. */
export const hevcConfiguration = (
  vpsList: readonly Uint8Array[],
  spsList: readonly Uint8Array[],
  ppsList: readonly Uint8Array[],
): Uint8Array | undefined => {
  const [first] = spsList;
  const sps = first === undefined ? undefined : readHevcSps(first);
  if (first === undefined || sps === undefined || vpsList.length === 0 || ppsList.length === 0) {
    return undefined;
  }
  const rbsp = readRbsp(first, 2, Math.min(first.length, 64));
  const layers = (((rbsp[0] ?? 0) >> 1) & 7) + 1;
  const isNested = (rbsp[0] ?? 0) & 1;
  return joined([
    Uint8Array.of(1),
    rbsp.subarray(1, 1 + PROFILE_SIZE),
    Uint8Array.of(
      // min_spatial_segmentation_idc and parallelismType: not known, which is 0.
      0xf0,
      0,
      0xfc,
      0xfc | sps.chromaFormatIdc,
      0xf8 | (sps.bitDepth - 8),
      0xf8 | (sps.bitDepthChroma - 8),
      // avgFrameRate and constantFrameRate: not said.
      0,
      0,
      (layers << 3) | (isNested << 2) | LENGTH_SIZE_MINUS_ONE,
      3,
    ),
    ...setsOf(VPS, vpsList),
    ...setsOf(SPS, spsList),
    ...setsOf(PPS, ppsList),
  ]);
};

/** array_completeness is 1: the sets stand nowhere else. */
const setsOf = (type: number, sets: readonly Uint8Array[]): Uint8Array[] => {
  const head = Uint8Array.of(0x80 | type, 0, 0);
  setU16(head, 1, sets.length);
  return [head, ...sets.flatMap(withLength)];
};

const withLength = (nal: Uint8Array): [length: Uint8Array, nal: Uint8Array] => {
  const length = new Uint8Array(2);
  setU16(length, 0, nal.length);
  return [length, nal];
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
