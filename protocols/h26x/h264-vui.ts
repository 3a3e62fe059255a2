import type { BitReader } from "@bilbycast/foundation/bytes";
import { ue } from "./exp-golomb.ts";
import { readTiming, readVuiFront, type Timing } from "./vui.ts";
import type { Colour, Ratio } from "./video-format.ts";

/** Video usability information of H.264. §E.1.1. */
export type H264Vui = {
  sampleAspectRatio: Ratio | undefined;
  colour: Colour;
  timing?: Timing;
  fixedFrameRate?: boolean;
  /** Lengths of fields in picture timing SEI; absent: CpbDpbDelaysPresentFlag is 0. */
  delays?: Delays | undefined;
  /** pic_struct_present_flag. */
  picStructPresent: boolean;
  maxReorderFrames?: number;
};

/** Bits of cpb_removal_delay and dpb_output_delay together, and of time_offset. */
export type Delays = { delayBits: number; timeOffsetBits: number };

/** What is cut off is left out. */
export const readH264Vui = (reader: BitReader): H264Vui => {
  const front = readVuiFront(reader);
  const timing = reader.flag() ? { timing: readTiming(reader), fixedFrameRate: reader.flag() } : undefined;
  if (reader.overrun) {
    return { ...front, picStructPresent: false };
  }
  const nal = reader.flag() ? readHrd(reader) : undefined;
  const vcl = reader.flag() ? readHrd(reader) : undefined;
  const delays = nal ?? vcl;
  if (delays !== undefined) {
    reader.skip(1);
  }
  const picStructPresent = reader.flag();
  const maxReorderFrames = reader.flag() ? readReorderFrames(reader) : undefined;
  if (reader.overrun) {
    return { ...front, ...timing, picStructPresent: false };
  }
  return { ...front, ...timing, delays, picStructPresent, ...(maxReorderFrames === undefined ? {} : { maxReorderFrames }) };
};

/** §E.1.2. */
const readHrd = (reader: BitReader): Delays => {
  const schedules = Math.min(32, ue(reader) + 1);
  reader.skip(8);
  for (let i = 0; i < schedules; i++) {
    ue(reader);
    ue(reader);
    reader.skip(1);
  }
  reader.skip(5);
  const delayBits = reader.read(5) + 1 + reader.read(5) + 1;
  return { delayBits, timeOffsetBits: reader.read(5) };
};

/** bitstream_restriction, the first fields but one; more frames than 16 no decoder holds. */
const readReorderFrames = (reader: BitReader): number | undefined => {
  reader.skip(1);
  for (let i = 0; i < 4; i++) {
    ue(reader);
  }
  const frames = ue(reader);
  return frames <= 16 ? frames : undefined;
};
