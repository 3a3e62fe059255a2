export { Pair, Side, srtMeters, writeAddress, type Delivery, type PairOptions, type SideOptions } from "./pair.ts";
export { RealReceiver, RealSender, type RealOptions } from "./real-socket.ts";
export { mutate, mutationStates, soakMutations } from "./mutations.ts";
export { LossyProxy } from "./lossy-proxy.ts";
export { liveTransmitReceiver, liveTransmitSender, type LiveTransmitOptions } from "./live-transmit.ts";
export { ffmpegSrtReceiver, ffmpegSrtSender, type FfmpegSrtOptions } from "./ffmpeg.ts";
export { GroupPair, type GroupPairOptions } from "./group-pair.ts";
export { Hub } from "./hub.ts";
