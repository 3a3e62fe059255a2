export { Pair, Side, srtMeters, writeAddress, type Delivery, type PairOptions, type SideOptions } from "./pair.ts";
export { RealReceiver, RealSender, type RealOptions } from "./real-socket.ts";
export { mutate, mutationStates, soakMutations } from "./mutations.ts";
export { LossyProxy } from "./lossy-proxy.ts";
export { liveTransmitReceiver, liveTransmitSender, type LiveTransmitOptions } from "./live-transmit.ts";
export { ffmpegSrtReceiver, ffmpegSrtSender, type FfmpegSrtOptions } from "./ffmpeg.ts";
export { Hub } from "./hub.ts";
export { LongHaul, type Haul, type LongHaulOptions } from "./long-haul.ts";
export { BURST_LOSS, carryOver, DISORDERED_LOSS, RANDOM_LOSS, type LossCase } from "./residual-loss.ts";
