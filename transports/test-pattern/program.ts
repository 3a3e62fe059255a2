import type { InputConfig } from "@bilbycast/engine/transport";
import { Multiplexer, multiplexRate } from "@bilbycast/protocols/mpegts";
import type { declaration } from "./declaration.ts";

const PROGRAM = 1;
const MAP_PID = 0x1000;
const VIDEO_PID = 0x100;
const AUDIO_PID = 0x101;
const H264 = 0x1b;
const AAC_ADTS = 0x0f;
const VIDEO_STREAM = 0xe0;
const AUDIO_STREAM = 0xc0;
const SD_TELEVISION = 0x01;
const HD_TELEVISION = 0x19;
const FIRST_HD_LINES = 720;
/** Frames of AAC a second, 1024 samples of 48 kHz each, rounded up. */
const AAC_FRAMES = 47;
/** What a decoder of so many channels holds. ISO/IEC 13818-1 §2.4.2.6 and table 2-? for more than two. */
const SOUND_BYTES: Readonly<Record<number, number>> = { 1: 3_584, 2: 3_584, 6: 8_976, 8: 8_976 };
const SOUND_LEAK: Readonly<Record<number, number>> = { 1: 2_000_000, 2: 2_000_000, 6: 5_529_600, 8: 5_529_600 };
/** The encoder's buffer: half a second of its rate. */
const BUFFER_SECONDS = 0.5;
const SOUND_KBPS: Readonly<Record<number, number>> = { 1: 96, 2: 128, 6: 384, 8: 512 };

/** Bitrate of the sound of so many channels. */
export const soundKbps = (channels: number): number => SOUND_KBPS[channels] ?? 128;

/** The multiplex of a test signal; its clock begins at `clock`, 27 MHz. */
export const multiplexOf = (config: InputConfig<typeof declaration>, name: string, clock: number): Multiplexer => {
  const { height, fps, video_bitrate_kbps, audio_enabled, audio_channels } = config;
  const videoBits = video_bitrate_kbps * 1_000;
  const sound = soundKbps(audio_channels) * 1_000;
  const video = { pid: VIDEO_PID, streamType: H264, streamId: VIDEO_STREAM, decoderBytes: Math.ceil((videoBits * BUFFER_SECONDS) / 8) };
  const audio = {
    pid: AUDIO_PID,
    streamType: AAC_ADTS,
    streamId: AUDIO_STREAM,
    decoderBytes: SOUND_BYTES[audio_channels] ?? 3_584,
    leakRate: SOUND_LEAK[audio_channels] ?? 2_000_000,
  };
  const rates = [
    // An encoder with a buffer may bring a little more than its rate for a while.
    { bitrate: videoBits * PEAK, accessUnitsPerSecond: fps },
    ...(audio_enabled ? [{ bitrate: sound * PEAK, accessUnitsPerSecond: AAC_FRAMES }] : []),
  ];
  return new Multiplexer({
    rate: multiplexRate(rates),
    service: {
      transportStreamId: 1,
      originalNetworkId: 1,
      programNumber: PROGRAM,
      programMapPid: MAP_PID,
      serviceType: height >= FIRST_HD_LINES ? HD_TELEVISION : SD_TELEVISION,
      name,
      providerName: "bilbycast",
    },
    streams: audio_enabled ? [video, audio] : [video],
    unitPackets: config.ts_packets_per_datagram,
    clock,
  });
};

const PEAK = 1.05;
