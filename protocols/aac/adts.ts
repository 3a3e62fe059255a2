import type { AudioFrame } from "./audio-format.ts";
import { aacFormat, channelsOf, SAMPLE_RATES } from "./audio-specific-config.ts";
import type { FrameShape } from "./frame-walker.ts";

/** ADTS header. ISO/IEC 13818-7 §6.2, ISO/IEC 14496-3 §1.A.2.2. */
export type AdtsHeader = {
  /** ID: the profile field is of MPEG-2. */
  isMpeg2: boolean;
  /** A CRC of 16 bits follows the header. */
  hasCrc: boolean;
  /** 1 Main, 2 LC, 3 SSR, 4 LTP. */
  audioObjectType: number;
  sampleRate: number;
  /** 3 bits; 0: the channels stand in the frame. */
  channelConfiguration: number;
  /** Bytes, the header included. 13 bits. */
  frameSize: number;
  /** Raw data blocks of 1024 samples in the frame, 1 to 4. */
  blocks: number;
};

const HEADER_SIZE = 7;
const CRC_SIZE = 2;

/** Reads the header at byte `at`; `undefined` when none begins there. */
export const readAdtsHeader = (bytes: Uint8Array, at: number): AdtsHeader | undefined => {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0] = bytes.subarray(at, at + HEADER_SIZE);
  const sampleRate = SAMPLE_RATES[(third >> 2) & 0x0f];
  if (at + HEADER_SIZE > bytes.length || first !== 0xff || (second & 0xf6) !== 0xf0 || sampleRate === undefined) {
    return undefined;
  }
  const hasCrc = (second & 1) === 0;
  const frameSize = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  if (frameSize < HEADER_SIZE + (hasCrc ? CRC_SIZE : 0)) {
    return undefined;
  }
  return {
    isMpeg2: (second & 8) !== 0,
    hasCrc,
    audioObjectType: (third >> 6) + 1,
    sampleRate,
    channelConfiguration: ((third & 1) << 2) | (fourth >> 6),
    frameSize,
    blocks: (seventh & 3) + 1,
  };
};

const readFrame = (bytes: Uint8Array): AudioFrame | undefined => {
  const header = readAdtsHeader(bytes, 0);
  if (header === undefined) {
    return undefined;
  }
  const { frameSize, sampleRate, channelConfiguration, audioObjectType } = header;
  const config = {
    audioObjectType,
    sampleRate,
    channelConfiguration,
    channels: channelsOf(channelConfiguration),
    // ADTS has no place for them: a decoder finds SBR and PS in the payload.
    sbr: false,
    ps: false,
    extensionSampleRate: sampleRate,
    frameSamples: 1024,
  };
  return { frameSize, format: aacFormat(config) };
};

/** AAC in ADTS: stream_type 0x0F. */
export const adtsShape: FrameShape = { headerSize: HEADER_SIZE, headSize: HEADER_SIZE, read: readFrame };
