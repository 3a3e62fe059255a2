import {
  ac3Shape,
  adtsShape,
  FrameWalker,
  latmShape,
  mpegAudioShape,
  opusShape,
  type AudioFormat,
  type FrameShape,
} from "@bilbycast/protocols/aac";
import type { AudioFacts } from "./form.ts";
import type { PesSink } from "./stream-reader.ts";

/** What is read between two ticks at most; and of bytes that belong to no frame, each of which is looked at. */
const MOST_BYTES = 2_000_000;
const MOST_SKIPPED = 200_000;

export type AudioStreamFormat = "adts" | "latm" | "mpeg-audio" | "ac3" | "opus";

const SHAPES: Readonly<Record<AudioStreamFormat, () => FrameShape>> = {
  adts: () => adtsShape,
  latm: latmShape,
  "mpeg-audio": () => mpegAudioShape,
  ac3: () => ac3Shape,
  opus: () => opusShape,
};

const CODECS: Readonly<Record<AudioFormat["codec"], string>> = {
  aac: "AAC",
  mp1: "MP1",
  mp2: "MP2",
  mp3: "MP3",
  ac3: "AC-3",
  eac3: "E-AC-3",
  opus: "Opus",
};

const ENCAPSULATIONS: Partial<Record<AudioStreamFormat, Pick<AudioFacts, "encapsulation">>> = {
  adts: { encapsulation: "ADTS" },
  latm: { encapsulation: "LATM" },
};

/** Names of Opus' channels, which are those of Vorbis. RFC 7845 §5.1.1.2. */
const OPUS_LAYOUTS: readonly (string | undefined)[] = [undefined, "mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"];

/** Follows the frames of a coded audio stream. */
export class AudioReader implements PesSink<AudioFacts> {
  readonly #format: AudioStreamFormat;
  /** By the program map: only Opus needs it. */
  readonly #channels: number | undefined;
  readonly #walker: FrameWalker;
  #bytes = 0;
  #skippedAtTick = 0;

  constructor(format: AudioStreamFormat, channels: number | undefined) {
    this.#format = format;
    this.#channels = channels;
    this.#walker = new FrameWalker(SHAPES[format](), () => {});
  }

  begin(): void {
    // Frames go on from one PES packet to the next.
  }

  payload(bytes: Uint8Array, from: number, end: number): void {
    if (this.#isSpent) {
      return;
    }
    this.#bytes += end - from;
    this.#walker.push(bytes, from, end);
    if (this.#isSpent) {
      this.#walker.flush();
    }
  }

  get #isSpent(): boolean {
    return this.#bytes > MOST_BYTES || this.#walker.skippedBytes - this.#skippedAtTick > MOST_SKIPPED;
  }

  break(): void {
    this.#walker.flush();
  }

  tick(): void {
    this.#bytes = 0;
    this.#skippedAtTick = this.#walker.skippedBytes;
  }

  get facts(): AudioFacts {
    const format = this.#walker.format;
    const encapsulation = ENCAPSULATIONS[this.#format] ?? {};
    if (format === undefined) {
      return this.#format === "opus" && this.#channels !== undefined ? { channels: this.#channels } : encapsulation;
    }
    const { sampleRate, profile, bitRate } = format;
    const channels = format.channels ?? this.#channels;
    const layout = format.codec === "opus" ? OPUS_LAYOUTS[channels ?? 0] : format.channelLayout;
    return {
      codec: codecName(format),
      ...encapsulation,
      sample_rate_hz: sampleRate,
      ...(channels === undefined ? {} : { channels }),
      ...(layout === undefined ? {} : { layout }),
      ...(profile === undefined ? {} : { profile }),
      ...(bitRate === undefined ? {} : { declared_bitrate_bps: bitRate }),
    };
  }
}

/** Like "AAC-LC", "HE-AACv2", "MP2". */
const codecName = ({ codec, profile }: AudioFormat): string => {
  if (codec !== "aac" || profile === undefined) {
    return CODECS[codec];
  }
  return profile.includes("AAC") ? profile : `AAC-${profile}`;
};
