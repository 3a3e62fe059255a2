import { CHANNEL_LAYOUTS, type AudioFrame } from "./audio-format.ts";
import type { FrameShape } from "./frame-walker.ts";

/** kbit/s by bitrate_index 1 to 14. ISO/IEC 11172-3 §2.4.2.3, ISO/IEC 13818-3 §2.4.2.3; the key is "version, layer". */
const HIGH_LAYER_1 = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448];
const HIGH_LAYER_2 = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const HIGH_LAYER_3 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const LOW_LAYER_1 = [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const LOW_LAYER_2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** By layer less 1: of MPEG-1, and of the lower sampling frequencies. */
const HIGH_RATES: readonly (readonly number[])[] = [HIGH_LAYER_1, HIGH_LAYER_2, HIGH_LAYER_3];
const LOW_RATES: readonly (readonly number[])[] = [LOW_LAYER_1, LOW_LAYER_2, LOW_LAYER_2];

/** Of MPEG-1, by sampling_frequency; MPEG-2 has half of them and MPEG-2.5 a quarter. */
const SAMPLE_RATES: readonly number[] = [44_100, 48_000, 32_000];
/** By the two bits of the version: 2.5, reserved, 2, 1. */
const DIVISORS: readonly (number | undefined)[] = [4, undefined, 2, 1];

const CODECS = ["mp1", "mp2", "mp3"] as const;

const MONO = 3;
const HEADER_SIZE = 4;

/** A frame of MPEG-1 or MPEG-2 audio, any layer; free format has no size in its header and is not read. */
const readFrame = (bytes: Uint8Array): AudioFrame | undefined => {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes;
  const layer = 4 - ((second >> 1) & 3);
  const codec = CODECS[layer - 1];
  const divisor = DIVISORS[(second >> 3) & 3];
  const fullRate = SAMPLE_RATES[(third >> 2) & 3];
  if (bytes.length < HEADER_SIZE || first !== 0xff || (second & 0xe0) !== 0xe0 || divisor === undefined || fullRate === undefined) {
    return undefined;
  }
  const kilobits = (divisor === 1 ? HIGH_RATES : LOW_RATES)[layer - 1]?.[(third >> 4) - 1];
  if (codec === undefined || kilobits === undefined) {
    return undefined;
  }
  const sampleRate = fullRate / divisor;
  const bitRate = kilobits * 1000;
  const padding = (third >> 1) & 1;
  const frameSamples = layer === 1 ? 384 : layer === 3 && divisor > 1 ? 576 : 1152;
  // Layer 1 counts in slots of four bytes.
  const slot = layer === 1 ? 4 : 1;
  const frameSize = (Math.floor((frameSamples * bitRate) / (8 * slot * sampleRate)) + padding) * slot;
  const channels = fourth >> 6 === MONO ? 1 : 2;
  return { frameSize, format: { codec, sampleRate, channels, channelLayout: CHANNEL_LAYOUTS[channels], bitRate, frameSamples } };
};

/** MPEG audio: stream_type 0x03 and 0x04. */
export const mpegAudioShape: FrameShape = { headerSize: HEADER_SIZE, headSize: HEADER_SIZE, read: readFrame };
