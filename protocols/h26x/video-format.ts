/** What a coded video is, in the words people use; of all codecs here. */
export type VideoFormat = {
  codec: "h264" | "hevc" | "mpeg2video" | "mpeg1video";
  /** Like "High 4:2:2" or "Main 10"; `undefined` for one that has no name here. */
  profile?: string | undefined;
  /** Like "4.1"; of MPEG-2 like "Main". */
  level?: string | undefined;
  /** HEVC only. */
  tier?: "Main" | "High";
  /** Of the picture as shown: the cropping is taken off. Luma samples. */
  width: number;
  height: number;
  codedWidth: number;
  codedHeight: number;
  chroma: ChromaFormat;
  /** Of luma. */
  bitDepth: number;
  /** Width to height of a sample; 1:1 is said by the stream, absent is not said. */
  sampleAspectRatio?: Ratio | undefined;
  /** Frames per second as the stream declares it, reduced; what it really has is for `GopMeter`. */
  frameRate?: Ratio | undefined;
  /** The distance of pictures is constant, as the stream declares it. */
  fixedFrameRate?: boolean;
  /** Whether field coding may occur (H.264, MPEG-2) or pictures are said to be fields (HEVC). */
  scan: "progressive" | "interlaced";
  colour: Colour;
  /** Frames that may precede one in decoding and follow it in showing; absent: not said. */
  maxReorderFrames?: number | undefined;
};

export type ChromaFormat = "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";

export type Ratio = { numerator: number; denominator: number };

/** Colour description in the words of ITU-T H.273, as ffmpeg spells them; absent: not said, or a reserved value. */
export type Colour = {
  primaries?: string | undefined;
  transfer?: string | undefined;
  matrix?: string | undefined;
  fullRange?: boolean | undefined;
};

const CHROMA: readonly ChromaFormat[] = ["4:0:0", "4:2:0", "4:2:2", "4:4:4"];

/** chroma_format_idc, 0 to 3. */
export const chromaOf = (chromaFormatIdc: number): ChromaFormat => CHROMA[chromaFormatIdc] ?? "4:2:0";

/** Samples of luma across and down for one of chroma. H.264 table 6-1. */
export const chromaStep = (chromaFormatIdc: number): { across: number; down: number } => ({
  across: chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1,
  down: chromaFormatIdc === 1 ? 2 : 1,
});

/** The ratio in lowest terms; `undefined` when one of both is 0. */
export const reduced = (numerator: number, denominator: number): Ratio | undefined => {
  if (numerator <= 0 || denominator <= 0) {
    return undefined;
  }
  let [a, b] = [numerator, denominator];
  while (b > 0) {
    [a, b] = [b, a % b];
  }
  return { numerator: numerator / a, denominator: denominator / a };
};
