/** Bodies of audio and video messages: those of FLV tags. Video File Format Specification 10.1 annex E.4; Enhancing RTMP, FLV (veovera). */

/** FrameType 1 and 2 in the upper four bits, CodecID 7 in the lower. E.4.3.1. */
const AVC = 7;
const KEY_FRAME = 1;
const INTER_FRAME = 2;
const AVC_SEQUENCE_HEADER = 0;
const AVC_NAL_UNITS = 1;

/** PacketType where the header is extended. */
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
const CODED_FRAMES_X = 3;
const EXTENDED_HEADER = 0x80;
/** "hvc1". */
const HVC1 = [0x68, 0x76, 0x63, 0x31] as const;

/** SoundFormat 10; of the other bits players of AAC look at none. E.4.2.1. */
const AAC = 0xaf;
const AAC_SEQUENCE_HEADER = 0;
const AAC_RAW = 1;

export type VideoCodec = "h264" | "hevc";

/** Before an AVCDecoderConfigurationRecord or an HEVCDecoderConfigurationRecord. */
export const videoSequenceHeader = (codec: VideoCodec): Uint8Array =>
  codec === "h264"
    ? Uint8Array.of((KEY_FRAME << 4) | AVC, AVC_SEQUENCE_HEADER, 0, 0, 0)
    : Uint8Array.of(EXTENDED_HEADER | (KEY_FRAME << 4) | SEQUENCE_START, ...HVC1);

/** Before NAL units that each have their length in front. `compositionTime`: PTS less DTS in milliseconds, 24 bits with a sign. */
export const videoFrameHeader = (codec: VideoCodec, isKey: boolean, compositionTime: number): Uint8Array => {
  const frameType = (isKey ? KEY_FRAME : INTER_FRAME) << 4;
  const time = Math.max(-0x800000, Math.min(0x7fffff, compositionTime));
  const times = [time >> 16, time >> 8, time] as const;
  if (codec === "h264") {
    return Uint8Array.of(frameType | AVC, AVC_NAL_UNITS, ...times);
  }
  return time === 0
    ? Uint8Array.of(EXTENDED_HEADER | frameType | CODED_FRAMES_X, ...HVC1)
    : Uint8Array.of(EXTENDED_HEADER | frameType | CODED_FRAMES, ...HVC1, ...times);
};

/** Before an AudioSpecificConfig. */
export const AAC_CONFIGURATION = Uint8Array.of(AAC, AAC_SEQUENCE_HEADER);
/** Before a raw_data_block. */
export const AAC_FRAME = Uint8Array.of(AAC, AAC_RAW);

/** What `onMetaData` says of video: CodecID, or the FourCC as a number. */
export const videoCodecId = (codec: VideoCodec): number => (codec === "h264" ? AVC : HVC1.reduce((number, byte) => number * 256 + byte, 0));

export const AAC_CODEC_ID = 10;
