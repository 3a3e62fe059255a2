import type { BitReader } from "@bilbycast/foundation/bytes";
import { ue } from "./exp-golomb.ts";
import { reduced, type Colour, type Ratio } from "./video-format.ts";

/** aspect_ratio_idc 1 to 16. H.264 table E-1, H.265 table E.1. */
const ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_SAR = 255;

/** ITU-T H.273 table 2. */
const PRIMARIES: Readonly<Record<number, string>> = {
  1: "bt709",
  4: "bt470m",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  8: "film",
  9: "bt2020",
  10: "smpte428",
  11: "smpte431",
  12: "smpte432",
  22: "ebu3213",
};

/** ITU-T H.273 table 3. */
const TRANSFERS: Readonly<Record<number, string>> = {
  1: "bt709",
  4: "bt470m",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  8: "linear",
  9: "log100",
  10: "log316",
  11: "iec61966-2-4",
  12: "bt1361e",
  13: "iec61966-2-1",
  14: "bt2020-10",
  15: "bt2020-12",
  16: "smpte2084",
  17: "smpte428",
  18: "arib-std-b67",
};

/** ITU-T H.273 table 4. */
const MATRICES: Readonly<Record<number, string>> = {
  0: "gbr",
  1: "bt709",
  4: "fcc",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  8: "ycgco",
  9: "bt2020nc",
  10: "bt2020c",
  11: "smpte2085",
  12: "chroma-derived-nc",
  13: "chroma-derived-c",
  14: "ictcp",
};

/** The values of H.273, 8 bits each, as names. */
export const readColourDescription = (reader: BitReader): Colour => ({
  primaries: PRIMARIES[reader.read(8)],
  transfer: TRANSFERS[reader.read(8)],
  matrix: MATRICES[reader.read(8)],
});

/** The front of the VUI, the same in H.264 (§E.1.1) and HEVC (§E.2.1): aspect ratio, overscan, video signal type, chroma location. */
export const readVuiFront = (reader: BitReader): { sampleAspectRatio: Ratio | undefined; colour: Colour } => {
  const sampleAspectRatio = reader.flag() ? readAspectRatio(reader) : undefined;
  if (reader.flag()) {
    reader.skip(1);
  }
  const colour = reader.flag() ? readSignalType(reader) : {};
  if (reader.flag()) {
    ue(reader);
    ue(reader);
  }
  return { sampleAspectRatio, colour };
};

const readAspectRatio = (reader: BitReader): Ratio | undefined => {
  const idc = reader.read(8);
  if (idc === EXTENDED_SAR) {
    const width = reader.read(16);
    return reduced(width, reader.read(16));
  }
  const [numerator = 0, denominator = 0] = ASPECT_RATIOS[idc - 1] ?? [];
  return reduced(numerator, denominator);
};

const readSignalType = (reader: BitReader): Colour => {
  reader.skip(3);
  const fullRange = reader.flag();
  return reader.flag() ? { fullRange, ...readColourDescription(reader) } : { fullRange };
};

/** num_units_in_tick and time_scale, 32 bits each. */
export type Timing = { unitsInTick: number; timeScale: number };

export const readTiming = (reader: BitReader): Timing => {
  const unitsInTick = reader.read(32);
  return { unitsInTick, timeScale: reader.read(32) };
};
