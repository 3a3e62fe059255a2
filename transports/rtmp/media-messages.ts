import type { AudioFrame, ProgramChoice, VideoUnit } from "@bilbycast/engine/elementary";
import { AAC_CODEC_ID, videoCodecId, type AmfValue } from "@bilbycast/protocols/rtmp";
import type { Frame } from "./frame-queue.ts";

/** Ticks of PTS and DTS in a millisecond. */
const TICKS = 90;

const milliseconds = (ticks: number): number => Math.round(ticks / TICKS);

export const videoFrame = ({ dts, pts, isKey, data, configuration }: VideoUnit): Frame => ({
  kind: "video",
  dts: milliseconds(dts),
  compositionTime: milliseconds(pts) - milliseconds(dts),
  isKey,
  data,
  configuration,
});

export const audioFrame = ({ dts, data, configuration }: AudioFrame): Frame => ({
  kind: "audio",
  dts: milliseconds(dts),
  compositionTime: 0,
  isKey: true,
  data,
  configuration,
});

/** What is known of the streams, for `onMetaData`. */
export type MediaFacts = {
  choice: ProgramChoice;
  video: Pick<VideoUnit, "format"> | undefined;
  audio: Pick<AudioFrame, "sampleRate" | "channels"> | undefined;
};

export const metadataOf = ({ choice, video, audio }: MediaFacts): ReadonlyMap<string, AmfValue> => {
  const fields = new Map<string, AmfValue>([["encoder", "bilbycast"]]);
  if (choice.video !== undefined) {
    fields.set("videocodecid", videoCodecId(choice.video.codec));
  }
  if (video !== undefined) {
    const { width, height, frameRate } = video.format;
    fields.set("width", width).set("height", height);
    if (frameRate !== undefined) {
      fields.set("framerate", frameRate.numerator / frameRate.denominator);
    }
  }
  if (choice.audio !== undefined) {
    fields.set("audiocodecid", AAC_CODEC_ID);
  }
  if (audio !== undefined) {
    fields
      .set("audiosamplerate", audio.sampleRate)
      .set("audiochannels", audio.channels)
      .set("stereo", audio.channels === 2);
  }
  return fields;
};
