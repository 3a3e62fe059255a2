export { readAmf, writeAmf, type AmfObject, type AmfValue } from "./amf0.ts";
export { ChunkReader, type ChunkFault } from "./chunk-reader.ts";
export { ChunkWriter, type OutgoingMessage } from "./chunk-writer.ts";
export {
  AAC_CODEC_ID,
  AAC_CONFIGURATION,
  AAC_FRAME,
  videoCodecId,
  videoFrameHeader,
  videoSequenceHeader,
  type VideoCodec,
} from "./flv-tags.ts";
export { type RtmpMessage } from "./message.ts";
export { Publisher, type PublisherOptions, type PublisherOutput, type PublisherStage } from "./publisher.ts";
export { type Refusal, type RefusalCode } from "./refusal.ts";
