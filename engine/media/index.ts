export type { BackendName, EncodedUnit, JobSpec, Picture, PictureSpec, TestSignalSpec, VideoCodec } from "./jobs.ts";
export { RANDOM_ACCESS } from "./jobs.ts";
export type { HostEnd, HostEndReason } from "./host-link.ts";
export type { PoolEvent } from "./host-pool.ts";
export { MediaHandle, type MediaHooks } from "./media-handle.ts";
export type { EncoderMessage, EncoderOrder, HostForm, MediaMessage, MediaOptions, PictureHeard, PictureQuestion } from "./orders.ts";
