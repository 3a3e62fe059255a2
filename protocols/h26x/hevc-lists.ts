import type { BitReader } from "@bilbycast/foundation/bytes";
import { se, ue } from "./exp-golomb.ts";

/** scaling_list_data(). H.265 §7.3.4. */
export const skipScalingLists = (reader: BitReader): void => {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        ue(reader);
        continue;
      }
      const values = Math.min(64, 1 << (4 + 2 * size)) + (size > 1 ? 1 : 0);
      for (let i = 0; i < values; i++) {
        se(reader);
      }
    }
  }
};

/** num_short_term_ref_pic_sets at most. §7.4.3.2.1. */
const SETS_MAX = 64;
/** Pictures in a set before or after the current one. §7.4.8. */
const PICTURES_MAX = 16;

/** num_short_term_ref_pic_sets and the sets; false when a count is too high. §7.3.7. */
export const skipReferenceSets = (reader: BitReader): boolean => {
  const sets = ue(reader);
  if (sets > SETS_MAX) {
    return false;
  }
  let pictures = 0;
  for (let set = 0; set < sets; set++) {
    pictures = set > 0 && reader.flag() ? skipPredictedSet(reader, pictures) : skipExplicitSet(reader);
    if (pictures > 2 * PICTURES_MAX) {
      return false;
    }
  }
  return true;
};

/** A set that is told by its difference to the one before, which has `pictures`; returns how many this has. */
const skipPredictedSet = (reader: BitReader, pictures: number): number => {
  reader.skip(1);
  ue(reader);
  let kept = 0;
  for (let i = 0; i <= pictures; i++) {
    // used_by_curr_pic_flag, else use_delta_flag.
    if (reader.flag() || reader.flag()) {
      kept++;
    }
  }
  return kept;
};

const skipExplicitSet = (reader: BitReader): number => {
  const pictures = ue(reader) + ue(reader);
  for (let left = Math.min(pictures, 2 * PICTURES_MAX); left > 0; left--) {
    ue(reader);
    reader.skip(1);
  }
  return pictures;
};
