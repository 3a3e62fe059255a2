import type { VideoCodec } from "@bilbycast/engine/media";
import type { PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { identify, type StreamFormat } from "../media/stream-identity.ts";
import { wireText } from "../wire-text.ts";

/** The video that pictures are made of, or why there is none. */
export type ChosenVideo = {
  video?: { pid: number; codec: VideoCodec; /** Of ISO/IEC 13818-1 table 2-34, whatever the program map calls it. */ streamType: number };
  lacks?: "no_tables" | "no_program" | "no_video" | "unsupported_codec";
  /** The program that was asked for. */
  wanted?: number;
  codecName?: string;
};

export const NOTHING_YET: ChosenVideo = { lacks: "no_tables" };

const CODECS: Readonly<Partial<Record<StreamFormat, { codec: VideoCodec; streamType: number }>>> = {
  h264: { codec: "h264", streamType: 0x1b },
  hevc: { codec: "hevc", streamType: 0x24 },
  "mpeg-video": { codec: "mpeg2", streamType: 0x02 },
};

/** The first video of the program, or of the lowest one that has any that can be decoded. */
export const chooseVideo = (catalogue: PsiCatalogue, wanted: number | undefined): ChosenVideo => {
  const all = catalogue.programs();
  const programs = wanted === undefined ? all : all.filter(({ programNumber }) => programNumber === wanted);
  if (programs.length === 0) {
    const isKnown = wanted !== undefined && catalogue.hasPrograms && !catalogue.programMapPids().has(wanted);
    return isKnown ? { lacks: "no_program", wanted } : { lacks: "no_tables" };
  }
  let codecName: string | undefined;
  for (const { elementaryStreams, programInfo } of programs) {
    for (const { pid, streamType, descriptors } of elementaryStreams) {
      const { kind, codec, format } = identify(streamType, descriptors, programInfo);
      const known = CODECS[format];
      if (known !== undefined) {
        return { video: { pid, ...known } };
      }
      codecName ??= kind === "video" ? codec : undefined;
    }
  }
  return codecName === undefined ? { lacks: "no_video" } : { lacks: "unsupported_codec", codecName: wireText(codecName) };
};
