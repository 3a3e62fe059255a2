export type { AudioFrame } from "./audio-frames.ts";
export { ElementaryStreams, type ElementaryOptions } from "./elementary-streams.ts";
export type { ProgramChoice } from "./program-choice.ts";
export type { VideoCodec, VideoUnit } from "./video-units.ts";
