export { ac3Shape } from "./ac3.ts";
export { adtsShape, readAdtsHeader, type AdtsHeader } from "./adts.ts";
export { type AudioFormat, type AudioFrame } from "./audio-format.ts";
export { aacFormat, readAudioSpecificConfig, writeAudioSpecificConfig, type AudioSpecificConfig } from "./audio-specific-config.ts";
export { FrameWalker, type FrameShape, type GiveFrame } from "./frame-walker.ts";
export { latmShape, readStreamMuxConfig, type StreamMuxConfig } from "./latm.ts";
export { mpegAudioShape } from "./mpeg-audio.ts";
export { opusShape } from "./opus-ts.ts";
