import { BitReader } from "@bilbycast/foundation/bytes";
import { ue } from "./exp-golomb.ts";
import { readProfileTierLevel } from "./hevc-profile.ts";
import { readRbsp } from "./rbsp.ts";
import { readTiming, type Timing } from "./vui.ts";

/** Video parameter set of HEVC: what a sequence parameter set may leave to it. §7.3.2.1. */
export type HevcVps = { /** 0 to 15. */ id: number; timing?: Timing };

/** Reads a NAL unit of type 32, its header of two bytes first; `undefined` for anything that is no right parameter set. */
export const readHevcVps = (nal: Uint8Array): HevcVps | undefined => {
  const reader = new BitReader(readRbsp(nal, 2, nal.length));
  const id = reader.read(4);
  reader.skip(8);
  const maxSubLayers = reader.read(3);
  reader.skip(17);
  readProfileTierLevel(reader, maxSubLayers);
  for (let layers = reader.flag() ? maxSubLayers + 1 : 1; layers > 0; layers--) {
    ue(reader);
    ue(reader);
    ue(reader);
  }
  const maxLayerId = reader.read(6);
  const layerSets = ue(reader);
  if (reader.overrun || maxSubLayers > 6 || layerSets > 1023) {
    return undefined;
  }
  reader.skip(layerSets * (maxLayerId + 1));
  const timing = reader.flag() ? readTiming(reader) : undefined;
  if (reader.overrun) {
    return undefined;
  }
  return timing === undefined ? { id } : { id, timing };
};
