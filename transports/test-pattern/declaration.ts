import { counter, declare, gauge, type Problem } from "@bilbycast/engine/transport/declare";
import { z } from "zod";

const even = (least: number, most: number) =>
  z
    .int()
    .min(least)
    .max(most)
    .refine((value) => value % 2 === 0, { error: "must be even: colour has half of the picture's width and height" });

/** 2160p60, which no machine encodes twice. */
const MOST_SAMPLES = 3_840 * 2_160 * 60;

type Signal = { av_sync_marker: boolean; audio_enabled: boolean; width: number; height: number; fps: number };

const checkSignal = ({ av_sync_marker, audio_enabled, width, height, fps }: Signal): Problem[] => [
  ...(av_sync_marker && !audio_enabled
    ? [{ path: ["av_sync_marker"], message: "must be false without audio_enabled: the marker is a flash and a burst of sound" }]
    : []),
  ...(width * height * fps > MOST_SAMPLES
    ? [{ path: ["fps"], message: `must be at most ${Math.floor(MOST_SAMPLES / (width * height))} at ${width} x ${height}` }]
    : []),
];

export const declaration = declare({
  kind: "test_pattern",
  title: "Test pattern: colour bars, clock and tone",
  runsOn: "session",
  gives: "ts",
  input: z.object({
    width: even(64, 7_680).default(1_280).meta({ title: "Width", basic: true, unit: "px", description: "Of the picture; even." }),
    height: even(64, 4_320).default(720).meta({ title: "Height", basic: true, unit: "px", description: "Of the picture; even." }),
    fps: z.int().min(1).max(60).default(25).meta({ title: "Frame rate", basic: true, unit: "Hz", description: "Frames per second." }),
    video_bitrate_kbps: z.int().min(100).max(200_000).default(2_000).meta({
      title: "Video bitrate",
      unit: "kbit/s",
      description: "Of the H.264 stream, at the most; the transport stream is a little more and constant.",
    }),
    audio_enabled: z.boolean().default(true).meta({ title: "Sound", description: "Tone in AAC beside the picture." }),
    tone_hz: z.number().min(50).max(8_000).default(1_000).meta({ title: "Tone", unit: "Hz", description: "Frequency of the tone." }),
    tone_dbfs: z
      .number()
      .min(-60)
      .max(0)
      .default(-20)
      .meta({ title: "Level", unit: "dBFS", description: "Peak of the tone; a sine at 0 dBFS reaches full scale." }),
    av_sync_marker: z.boolean().default(false).meta({
      title: "A/V sync marker",
      description: "At each second a burst of 80 ms in place of the tone, and a flash in the same frames.",
    }),
    av_sync_style: z
      .enum(["flash", "sweep"])
      .default("flash")
      .meta({ title: "Marker style", description: "flash: a patch turns white; sweep: a bar crosses a mark besides." }),
    screen_id: z
      .string()
      .max(32)
      .optional()
      .meta({ title: "Name on screen", basic: true, description: "In the picture and as the service's name; the input's id when absent." }),
    audio_channels: z
      .union([z.literal(1), z.literal(2), z.literal(6), z.literal(8)])
      .default(2)
      .meta({ title: "Channels", description: "1, 2, 6 (5.1) or 8 (7.1)." }),
    audio_content: z
      .enum(["tone", "channel_ident"])
      .default("tone")
      .meta({ title: "What sounds", description: "tone: on all channels; channel_ident: channel k beeps k times in its turn." }),
    ts_packets_per_datagram: z
      .int()
      .min(1)
      .max(7)
      .default(7)
      .meta({ title: "Packets per datagram", description: "Packets of 188 bytes in one unit, and so in one datagram of an output." }),
  }),
  checkInput: checkSignal,
  stats: {
    framesEncoded: counter("frames", "Frames that the encoder has made."),
    framesMissed: counter("frames", "Frames that were left out, because no encoder was there or it was too slow."),
    unitsLate: counter("units", "Coded frames and sound that were sent after their time."),
    encoderRestarts: counter("times", "Times that the encoder's host ended and another took its place."),
    nullsSent: counter("packets", "Null packets that fill the stream up to its rate."),
    reanchors: counter("times", "The pace was set anew because the session had fallen behind by more than 500 ms."),
    muxRate: gauge("bps", "Rate of the transport stream."),
  },
  faults: {},
  events: {
    test_pattern_encoder_lost: "The encoder's host ended; another takes its place.",
    test_pattern_refused: "The node has no room for the encoder, or nothing that encodes; it is tried again every 10 seconds.",
  },
});
