/** constraint_set1_flag and constraint_set3_flag in the byte of flags. */
const SET_1 = 0x40;
const SET_3 = 0x10;

/** Names of profile_idc; the second is with constraint_set3_flag. H.264 §A.2, annexes F and G. */
const PROFILES: Readonly<Record<number, readonly [string, string?]>> = {
  44: ["CAVLC 4:4:4 Intra"],
  66: ["Baseline"],
  77: ["Main"],
  83: ["Scalable Baseline"],
  86: ["Scalable High"],
  88: ["Extended"],
  100: ["High"],
  110: ["High 10", "High 10 Intra"],
  118: ["Multiview High"],
  122: ["High 4:2:2", "High 4:2:2 Intra"],
  128: ["Stereo High"],
  244: ["High 4:4:4 Predictive", "High 4:4:4 Intra"],
};

export const h264Profile = (profileIdc: number, constraintFlags: number): string | undefined => {
  if (profileIdc === 66 && (constraintFlags & SET_1) !== 0) {
    return "Constrained Baseline";
  }
  const [name, intra] = PROFILES[profileIdc] ?? [];
  return (constraintFlags & SET_3) === 0 ? name : (intra ?? name);
};

/** Profiles in which level 1b is level_idc 11 with constraint_set3_flag; in all others it is 9. §A.3.1. */
const OLD_PROFILES = new Set([66, 77, 88]);

export const h264Level = (profileIdc: number, constraintFlags: number, levelIdc: number): string | undefined => {
  if (levelIdc === 9 || (levelIdc === 11 && (constraintFlags & SET_3) !== 0 && OLD_PROFILES.has(profileIdc))) {
    return "1b";
  }
  if (levelIdc < 10 || levelIdc > 62) {
    return undefined;
  }
  return levelIdc % 10 === 0 ? `${levelIdc / 10}` : `${Math.floor(levelIdc / 10)}.${levelIdc % 10}`;
};
