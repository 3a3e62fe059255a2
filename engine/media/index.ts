export type { BackendName, JobSpec, Picture, PictureSpec, VideoCodec } from "./jobs.ts";
export type { HostEnd, HostEndReason } from "./host-link.ts";
export { HostPool, type PoolEvent } from "./host-pool.ts";
export { MediaHandle, type MediaHooks } from "./media-handle.ts";
export type {
  EncoderMessage,
  EncoderOrder,
  HostForm,
  HostState,
  MediaMessage,
  MediaOptions,
  PictureHeard,
  PictureQuestion,
} from "./orders.ts";
export { FROM_HOST, TO_HOST } from "./wire.ts";
