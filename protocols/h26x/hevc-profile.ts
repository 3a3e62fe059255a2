import type { BitReader } from "@bilbycast/foundation/bytes";

/** profile_tier_level() of HEVC, its general part. §7.3.3. */
export type ProfileTierLevel = {
  profileIdc: number;
  /** general_profile_compatibility_flag[0] is the highest bit. */
  compatibilityFlags: number;
  highTier: boolean;
  /** general_progressive_source_flag and general_interlaced_source_flag. */
  progressiveSource: boolean;
  interlacedSource: boolean;
  /** The nine flags from general_max_12bit_constraint_flag on, the first the highest bit. */
  rangeFlags: number;
  /** Thirty times the level. */
  levelIdc: number;
};

/** `maxSubLayers` is sps_max_sub_layers_minus1 or the VPS's, 0 to 6. */
export const readProfileTierLevel = (reader: BitReader, maxSubLayers: number): ProfileTierLevel => {
  reader.skip(2);
  const highTier = reader.flag();
  const profileIdc = reader.read(5);
  const compatibilityFlags = reader.read(32);
  const progressiveSource = reader.flag();
  const interlacedSource = reader.flag();
  reader.skip(2);
  const rangeFlags = reader.read(9);
  reader.skip(35);
  const levelIdc = reader.read(8);
  const present: number[] = [];
  for (let layer = 0; layer < maxSubLayers; layer++) {
    present.push(reader.read(2));
  }
  if (maxSubLayers > 0) {
    reader.skip((8 - maxSubLayers) * 2);
  }
  for (const flags of present) {
    reader.skip(((flags & 2) === 0 ? 0 : 88) + ((flags & 1) === 0 ? 0 : 8));
  }
  return { profileIdc, compatibilityFlags, highTier, progressiveSource, interlacedSource, rangeFlags, levelIdc };
};

/** general_profile_idc. H.265 §A.3. */
const PROFILES: Readonly<Record<number, string>> = {
  1: "Main",
  2: "Main 10",
  3: "Main Still Picture",
  5: "High Throughput",
  6: "Multiview Main",
  7: "Scalable Main",
  8: "3D Main",
  9: "Screen-Extended",
  10: "Scalable Format Range Extensions",
  11: "High Throughput Screen-Extended",
};
const RANGE_EXTENSIONS = 4;

/** The profile's name; one of the format range extensions by its flags (table A.2), like "Main 4:2:2 10". */
export const hevcProfile = (levels: ProfileTierLevel): string | undefined => {
  // A stream that names no profile may still say which decoders take it.
  const idc = levels.profileIdc === 0 ? Math.clz32(levels.compatibilityFlags & 0x7fff_ffff) : levels.profileIdc;
  return idc === RANGE_EXTENSIONS ? rangeProfile(levels.rangeFlags) : PROFILES[idc];
};

const rangeProfile = (flags: number): string => {
  const [max12, max10, max8, max422, max420, monochrome, intra, onePicture] = Array.from(
    { length: 8 },
    (_, i) => (flags & (0x100 >> i)) !== 0,
  );
  const depth = [max8, max10, max12].findIndex((limit) => limit);
  const bits = ["", " 10", " 12"][depth] ?? " 16";
  const chroma = monochrome ? "" : max420 ? "" : max422 ? " 4:2:2" : " 4:4:4";
  const ending = onePicture ? " Still Picture" : intra ? " Intra" : "";
  return `${monochrome ? "Monochrome" : "Main"}${chroma}${bits}${ending}`;
};

/** Like "4.1". §A.4. */
export const hevcLevel = (levelIdc: number): string | undefined => {
  if (levelIdc === 0 || levelIdc % 3 !== 0) {
    return undefined;
  }
  const tenths = levelIdc / 3;
  return tenths % 10 === 0 ? `${tenths / 10}` : `${Math.floor(tenths / 10)}.${tenths % 10}`;
};
