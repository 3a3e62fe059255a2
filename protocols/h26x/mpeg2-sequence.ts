import { BitReader } from "@bilbycast/foundation/bytes";
import { chromaOf, reduced, type Colour, type Ratio, type VideoFormat } from "./video-format.ts";
import { readColourDescription } from "./vui.ts";

/** sequence_header and the extensions behind it. ISO/IEC 13818-2 §6.2.2. */
export type MpegSequence = {
  width: number;
  height: number;
  /** 4 bits. */
  aspectRatio: number;
  frameRate: Ratio;
  /** Absent: no sequence_extension came, it is MPEG-1. */
  extension?: { profileAndLevel: number; progressive: boolean; chromaFormat: number };
  colour: Colour;
};

/** frame_rate_code 1 to 8. Table 6-4. */
const FRAME_RATES: readonly (readonly [number, number])[] = [
  [24_000, 1001],
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [30, 1],
  [50, 1],
  [60_000, 1001],
  [60, 1],
];

/** Reads from the start code's last byte on. */
export const readSequenceHeader = (unit: Uint8Array): MpegSequence | undefined => {
  const reader = new BitReader(unit, 1);
  const width = reader.read(12);
  const height = reader.read(12);
  const aspectRatio = reader.read(4);
  const [numerator, denominator] = FRAME_RATES[reader.read(4) - 1] ?? [];
  if (reader.overrun || width === 0 || height === 0 || numerator === undefined || denominator === undefined) {
    return undefined;
  }
  return { width, height, aspectRatio, frameRate: { numerator, denominator }, colour: {} };
};

/** The sequence with an extension: sequence_extension (§6.2.2.3), or else sequence_display_extension (§6.2.2.4); cut ones change nothing. */
export const extendSequence = (sequence: MpegSequence, isSequenceExtension: boolean, reader: BitReader): MpegSequence => {
  if (!isSequenceExtension) {
    reader.skip(3);
    const colour = reader.flag() ? readColourDescription(reader) : {};
    return reader.overrun ? sequence : { ...sequence, colour };
  }
  const profileAndLevel = reader.read(8);
  const progressive = reader.flag();
  const chromaFormat = reader.read(2);
  const width = (sequence.width % 4096) + reader.read(2) * 4096;
  const height = (sequence.height % 4096) + reader.read(2) * 4096;
  reader.skip(12 + 1 + 8 + 1);
  const numerator = sequence.frameRate.numerator * (reader.read(2) + 1);
  const denominator = sequence.frameRate.denominator * (reader.read(5) + 1);
  const frameRate = reduced(numerator, denominator);
  if (reader.overrun || chromaFormat === 0 || frameRate === undefined) {
    return sequence;
  }
  return { ...sequence, width, height, frameRate, extension: { profileAndLevel, progressive, chromaFormat } };
};

/** Table 8-2. */
const PROFILES: Readonly<Record<number, string>> = { 1: "High", 2: "Spatially Scalable", 3: "SNR Scalable", 4: "Main", 5: "Simple" };
/** Table 8-3. */
const LEVELS: Readonly<Record<number, string>> = { 4: "High", 6: "High 1440", 8: "Main", 10: "Low" };
/** With the escape bit. Table 8-4. */
const ESCAPED: Readonly<Record<number, readonly [string, string]>> = {
  0x82: ["4:2:2", "High"],
  0x85: ["4:2:2", "Main"],
};

const namesOf = (profileAndLevel: number): readonly [string | undefined, string | undefined] =>
  profileAndLevel >= 0x80
    ? (ESCAPED[profileAndLevel] ?? [undefined, undefined])
    : [PROFILES[profileAndLevel >> 4], LEVELS[profileAndLevel & 0x0f]];

/** aspect_ratio_information 2 to 4 is of the picture. Table 6-3. */
const DISPLAY_RATIOS: Readonly<Record<number, readonly [number, number]>> = { 2: [4, 3], 3: [16, 9], 4: [221, 100] };

const sampleAspectRatio = ({ aspectRatio, width, height, extension }: MpegSequence): Ratio | undefined => {
  if (aspectRatio === 1) {
    return { numerator: 1, denominator: 1 };
  }
  const [across, down] = DISPLAY_RATIOS[aspectRatio] ?? [];
  // MPEG-1 has other meanings for these values, ratios of samples to four digits.
  return extension === undefined || across === undefined || down === undefined ? undefined : reduced(across * height, down * width);
};

/** The sequence as people speak of it. */
export const mpegVideoFormat = (sequence: MpegSequence): VideoFormat => {
  const { width, height, extension, frameRate, colour } = sequence;
  const [profile, level] = extension === undefined ? [] : namesOf(extension.profileAndLevel);
  const isProgressive = extension?.progressive ?? true;
  const rows = isProgressive ? 16 : 32;
  return {
    codec: extension === undefined ? "mpeg1video" : "mpeg2video",
    profile,
    level,
    width,
    height,
    codedWidth: Math.ceil(width / 16) * 16,
    codedHeight: Math.ceil(height / rows) * rows,
    chroma: chromaOf(extension?.chromaFormat ?? 1),
    bitDepth: 8,
    sampleAspectRatio: sampleAspectRatio(sequence),
    frameRate,
    fixedFrameRate: true,
    scan: isProgressive ? "progressive" : "interlaced",
    colour,
  };
};
