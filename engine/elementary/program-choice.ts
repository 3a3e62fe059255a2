import { identify } from "@bilbycast/engine/analysis";
import type { CatalogueProgram } from "@bilbycast/protocols/mpegts";
import type { VideoCodec } from "./video-units.ts";

/** The streams of a program that are taken: the first of each kind that can be. */
export type ProgramChoice = {
  programNumber: number;
  video?: { pid: number; codec: VideoCodec };
  audio?: { pid: number };
  /** Kinds of which the program has streams, but none that can be taken; `codec` names the first one's. */
  unsupported: { kind: "video" | "audio"; codec: string; pid: number }[];
};

/** `undefined`: the program is not there, or its map has not come. Without a number it is the lowest of all, its map there or not. */
export const chooseStreams = (
  programs: readonly CatalogueProgram[],
  numbers: Iterable<number>,
  wanted: number | undefined,
  codecs: readonly VideoCodec[],
): ProgramChoice | undefined => {
  let lowest = Infinity;
  for (const number of numbers) {
    lowest = Math.min(lowest, number);
  }
  const program = programs.find(({ programNumber }) => programNumber === (wanted ?? lowest));
  if (program === undefined) {
    return undefined;
  }
  const streams = program.elementaryStreams.map(({ pid, streamType, descriptors }) => ({
    pid,
    identity: identify(streamType, descriptors, program.programInfo),
  }));
  const video = streams.find(({ identity }) => codecs.some((codec) => codec === identity.format));
  const audio = streams.find(({ identity }) => identity.format === "adts");
  const missing = (["video", "audio"] as const).flatMap((kind) => {
    const other = (kind === "video" ? video : audio) === undefined ? streams.find(({ identity }) => identity.kind === kind) : undefined;
    return other === undefined ? [] : [{ kind, codec: other.identity.codec, pid: other.pid }];
  });
  return {
    programNumber: program.programNumber,
    ...(video === undefined ? {} : { video: { pid: video.pid, codec: video.identity.format as VideoCodec } }),
    ...(audio === undefined ? {} : { audio: { pid: audio.pid } }),
    unsupported: missing,
  };
};

/** Nobody would notice a change from one to the other. */
export const isSameChoice = (a: ProgramChoice | undefined, b: ProgramChoice | undefined): boolean =>
  a?.programNumber === b?.programNumber &&
  a?.video?.pid === b?.video?.pid &&
  a?.video?.codec === b?.video?.codec &&
  a?.audio?.pid === b?.audio?.pid &&
  wordsOf(a) === wordsOf(b);

const wordsOf = (choice: ProgramChoice | undefined): string =>
  choice?.unsupported.map(({ kind, codec }) => `${kind} ${codec}`).join() ?? "";
