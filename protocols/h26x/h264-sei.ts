import { BitReader } from "@bilbycast/foundation/bytes";
import type { FieldOrder } from "./access-unit.ts";
import type { H264Vui } from "./h264-vui.ts";
import { readClock } from "./sei.ts";

/** NumClockTS by pic_struct. H.264 table D-1. */
const CLOCKS: readonly number[] = [1, 1, 1, 2, 2, 3, 3, 2, 3];

/** pic_timing: the first clock timestamp that is there, and the order of fields. H.264 §D.1.3. */
export const readPicTiming = (
  payload: Uint8Array,
  vui: H264Vui,
): { timecode?: string | undefined; fieldOrder?: FieldOrder | undefined } => {
  if (!vui.picStructPresent) {
    return {};
  }
  const reader = new BitReader(payload);
  reader.skip(vui.delays?.delayBits ?? 0);
  const picStruct = reader.read(4);
  if (reader.overrun) {
    return {};
  }
  const fieldOrder = fieldOrderOf(picStruct);
  for (let clocks = CLOCKS[picStruct] ?? 0; clocks > 0; clocks--) {
    if (reader.flag()) {
      reader.skip(3);
      return { fieldOrder, timecode: readClock(reader, 8) };
    }
  }
  return { fieldOrder };
};

/** 1, 3 and 5 begin with the top field, 2, 4 and 6 with the bottom one; in both standards. H.265 table D.2. */
export const fieldOrderOf = (picStruct: number): FieldOrder | undefined => {
  if (picStruct < 1 || picStruct > 6) {
    return undefined;
  }
  return picStruct % 2 === 1 ? "top" : "bottom";
};
