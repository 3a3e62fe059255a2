import type { BitReader } from "@bilbycast/foundation/bytes";
import { CHANNEL_LAYOUTS, type AudioFormat } from "./audio-format.ts";

/** AudioSpecificConfig. ISO/IEC 14496-3 §1.6.2.1. */
export type AudioSpecificConfig = {
  /** Of the core: 2 is LC. */
  audioObjectType: number;
  /** Samples per second of the core. */
  sampleRate: number;
  /** 4 bits; 0: the channels stand in a program_config_element. */
  channelConfiguration: number;
  channels?: number | undefined;
  /** Spectral band replication is signalled explicitly. */
  sbr: boolean;
  /** Parametric stereo is signalled explicitly. */
  ps: boolean;
  /** As decoded, with SBR. */
  extensionSampleRate: number;
  /** Samples in a frame of the core: 1024 or 960, 512 or 480 with low delay. */
  frameSamples: number;
};

/** samplingFrequencyIndex. Table 1.18. */
export const SAMPLE_RATES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const EXPLICIT_RATE = 15;

/** channelConfiguration to channels. Table 1.19. */
const CHANNELS: readonly (number | undefined)[] = [undefined, 1, 2, 3, 4, 5, 6, 8, undefined, undefined, undefined, 7, 8, 24, 8];

/** Names of the layouts, by channelConfiguration. */
const LAYOUTS: Readonly<Record<number, string>> = {
  1: "mono",
  2: "stereo",
  3: "3.0",
  4: "4.0",
  5: "5.0",
  6: "5.1",
  7: "7.1(wide)",
  11: "6.1",
  12: "7.1",
  13: "22.2",
  14: "5.1.2",
};

export const channelsOf = (channelConfiguration: number): number | undefined => CHANNELS[channelConfiguration];

/** audioObjectType. Table 1.17. */
const LOW_COMPLEXITY = 2;
const SBR = 5;
const SCALABLE = 6;
const ER_SCALABLE = 20;
const ER_BSAC = 22;
const ER_LOW_DELAY = 23;
const PS = 29;
const ESCAPE = 31;

/** Those whose configuration is a GASpecificConfig. */
const GENERAL_AUDIO = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);
/** Those with an extension flag behind extensionFlag. */
const RESILIENT = new Set([17, 19, 20, 23]);

/** Names as people know them. */
const PROFILES: Readonly<Record<number, string>> = { 1: "Main", 2: "LC", 3: "SSR", 4: "LTP", 23: "LD", 39: "ELD", 42: "xHE-AAC" };

/** `undefined` when it is cut off, or of a kind that has no place in broadcasting. The reader stands behind it, but for error protection. */
export const readAudioSpecificConfig = (reader: BitReader): AudioSpecificConfig | undefined => {
  let audioObjectType = readObjectType(reader);
  const sampleRate = readSampleRate(reader);
  const channelConfiguration = reader.read(4);
  const ps = audioObjectType === PS;
  const sbr = ps || audioObjectType === SBR;
  let extensionSampleRate = sampleRate;
  if (sbr) {
    extensionSampleRate = readSampleRate(reader);
    audioObjectType = readObjectType(reader);
    if (audioObjectType === ER_BSAC) {
      reader.skip(4);
    }
  }
  const general = GENERAL_AUDIO.has(audioObjectType) ? readGeneralAudio(reader, audioObjectType, channelConfiguration) : PLAIN;
  if (reader.overrun || sampleRate === 0 || extensionSampleRate === 0 || general === undefined) {
    return undefined;
  }
  const channels = channelsOf(channelConfiguration) ?? general.channels;
  return { audioObjectType, sampleRate, channelConfiguration, channels, sbr, ps, extensionSampleRate, frameSamples: general.frameSamples };
};

/**
 * AudioSpecificConfig of general audio with 1024 samples in a frame, as ADTS describes it; `undefined` for a rate or channels that need more
 * than that: then SBR and PS are found by the decoder, and channels would need a program_config_element.
 */
export const writeAudioSpecificConfig = (
  config: Pick<AudioSpecificConfig, "audioObjectType" | "sampleRate" | "channelConfiguration">,
): Uint8Array | undefined => {
  const { audioObjectType, sampleRate, channelConfiguration } = config;
  const index = SAMPLE_RATES.indexOf(sampleRate);
  if (index < 0 || audioObjectType >= ESCAPE || channelConfiguration < 1 || channelConfiguration > 15) {
    return undefined;
  }
  return Uint8Array.of((audioObjectType << 3) | (index >> 1), ((index & 1) << 7) | (channelConfiguration << 3));
};

/** GetAudioObjectType. §1.6.2.1, table 1.16. */
const readObjectType = (reader: BitReader): number => {
  const type = reader.read(5);
  return type === ESCAPE ? 32 + reader.read(6) : type;
};

/** 0 for a reserved index. */
const readSampleRate = (reader: BitReader): number => {
  const index = reader.read(4);
  return index === EXPLICIT_RATE ? reader.read(24) : (SAMPLE_RATES[index] ?? 0);
};

type GeneralAudio = { channels?: number; frameSamples: number };

const PLAIN: GeneralAudio = { frameSamples: 1024 };

/** GASpecificConfig. §4.4.1. */
const readGeneralAudio = (reader: BitReader, type: number, channelConfiguration: number): GeneralAudio => {
  const isShort = reader.flag();
  const full = type === ER_LOW_DELAY ? 512 : 1024;
  const frameSamples = isShort ? full - full / 16 : full;
  if (reader.flag()) {
    reader.skip(14);
  }
  const hasExtension = reader.flag();
  const channels = channelConfiguration === 0 ? { channels: readProgramConfig(reader) } : {};
  if (type === SCALABLE || type === ER_SCALABLE) {
    reader.skip(3);
  }
  if (hasExtension) {
    reader.skip((type === ER_BSAC ? 16 : 0) + (RESILIENT.has(type) ? 3 : 0) + 1);
  }
  return { ...channels, frameSamples };
};

/** program_config_element: how many channels its elements have together. §4.4.1.1. */
const readProgramConfig = (reader: BitReader): number => {
  reader.skip(4 + 2 + 4);
  const [front, side, back] = [reader.read(4), reader.read(4), reader.read(4)];
  const low = reader.read(2);
  const associated = reader.read(3);
  const coupling = reader.read(4);
  for (const bits of [4, 4, 3]) {
    if (reader.flag()) {
      reader.skip(bits);
    }
  }
  let channels = low;
  for (let i = 0; i < front + side + back; i++) {
    channels += reader.flag() ? 2 : 1;
    reader.skip(4);
  }
  reader.skip(4 * low + 4 * associated + 5 * coupling);
  // Aligned to bytes of the configuration, which inside LATM begin anywhere: only what is behind the comment would tell.
  return channels;
};

/** The configuration as people speak of it. */
export const aacFormat = (config: AudioSpecificConfig): AudioFormat => {
  const { audioObjectType, channelConfiguration, sbr, ps } = config;
  const core = PROFILES[audioObjectType];
  const channels = ps && config.channels === 1 ? 2 : config.channels;
  const isHe = sbr && audioObjectType === LOW_COMPLEXITY;
  return {
    codec: "aac",
    profile: isHe ? (ps ? "HE-AACv2" : "HE-AAC") : core,
    sampleRate: config.extensionSampleRate,
    channels,
    channelLayout: channelConfiguration <= 2 ? CHANNEL_LAYOUTS[channels ?? 0] : LAYOUTS[channelConfiguration],
    frameSamples: sbr && config.extensionSampleRate > config.sampleRate ? 2 * config.frameSamples : config.frameSamples,
  };
};
