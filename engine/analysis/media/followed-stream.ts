import type { Descriptor } from "@bilbycast/protocols/mpegts";
import { AudioReader } from "./audio-reader.ts";
import type { AudioFacts, AudioStreamForm, DataStreamForm, Scte35Cue, Scte35Facts, Scte35StreamForm } from "./form.ts";
import type { StreamForm, SubtitleStreamForm, VideoFacts, VideoStreamForm } from "./form.ts";
import { JpegXsReader } from "./jpeg-xs-reader.ts";
import { PesReader } from "./pes-reader.ts";
import { S302mReader } from "./s302m-reader.ts";
import { Scte35Reader } from "./scte35-reader.ts";
import { audioTypeOf, jpegXsOf, languagesOf, opusChannelsOf, pagesOf, unique } from "./stream-descriptors.ts";
import type { StreamIdentity } from "./stream-identity.ts";
import { VideoReader } from "./video-reader.ts";

const NONE = -1;

/** In the fourth byte of a packet. ISO/IEC 13818-1 §2.4.3.2. */
const PAYLOAD = 0x10;
const SCRAMBLED = 0xc0;

/** Of each stream exactly one, or none where only the program map tells of it. */
type Readers = { video?: PesReader<VideoFacts>; audio?: PesReader<AudioFacts>; scte35?: Scte35Reader };

/** An elementary stream of a program map, and who reads it. */
export class FollowedStream {
  readonly pid: number;
  readonly streamType: number;
  readonly identity: StreamIdentity;
  programNumbers: number[] = [];
  readonly #descriptors: readonly Descriptor[];
  readonly #tell: (cue: Scte35Cue) => void;
  #readers: Readers;
  #lastCounter = NONE;
  #scrambled = false;
  /** The readers began anew since the last tick: a stream that changes at every packet does not get new ones each time. */
  #isFresh = false;

  constructor(
    pid: number,
    streamType: number,
    identity: StreamIdentity,
    descriptors: readonly Descriptor[],
    tell: (cue: Scte35Cue) => void,
  ) {
    this.pid = pid;
    this.streamType = streamType;
    this.identity = identity;
    this.#descriptors = descriptors;
    this.#tell = tell;
    this.#readers = this.#open();
  }

  packet(bytes: Uint8Array, at: number): void {
    const fourth = bytes[at + 3] ?? 0;
    if ((fourth & PAYLOAD) === 0) {
      return;
    }
    if ((fourth & SCRAMBLED) !== 0) {
      this.#scramble();
      return;
    }
    this.#scrambled = false;
    const counter = fourth & 0x0f;
    const last = this.#lastCounter;
    if (counter === last) {
      // A duplicate. ISO/IEC 13818-1 §2.4.3.3.
      return;
    }
    this.#lastCounter = counter;
    const reader = this.#readers.video ?? this.#readers.audio ?? this.#readers.scte35;
    if (last !== NONE && counter !== ((last + 1) & 0x0f)) {
      reader?.break();
    }
    reader?.packet(bytes, at);
  }

  /** Packets were missed. */
  break(): void {
    this.#lastCounter = NONE;
    const { video, audio, scte35 } = this.#readers;
    video?.break();
    audio?.break();
    scte35?.break();
  }

  /** A second or more has passed. */
  tick(): void {
    this.#isFresh = false;
    const { video, audio, scte35 } = this.#readers;
    video?.tick();
    audio?.tick();
    scte35?.tick();
  }

  videoForm(bitrate: number): VideoStreamForm {
    return { ...this.#form(bitrate), ...this.#clear(this.#readers.video) };
  }

  audioForm(bitrate: number): AudioStreamForm {
    const languages = languagesOf(this.#descriptors);
    const [language] = languages;
    const audioType = audioTypeOf(this.#descriptors);
    return {
      ...this.#form(bitrate),
      ...this.#clear(this.#readers.audio),
      ...(language === undefined ? {} : { language }),
      ...(languages.length > 1 ? { languages } : {}),
      ...(audioType === undefined ? {} : { audio_type: audioType }),
    };
  }

  subtitleForm(bitrate: number): SubtitleStreamForm {
    const pages = pagesOf(this.#descriptors);
    const languages = unique([...languagesOf(this.#descriptors), ...pages.map(({ language }) => language)]);
    return { ...this.#form(bitrate), languages, pages };
  }

  /** `undefined` for a stream that carries no cues. */
  scte35Form(bitrate: number): Scte35StreamForm | undefined {
    const facts: Scte35Facts | undefined = this.#readers.scte35?.facts;
    return facts === undefined ? undefined : { ...this.#form(bitrate), ...facts };
  }

  dataForm(bitrate: number): DataStreamForm {
    const languages = languagesOf(this.#descriptors);
    const kind = this.identity.kind === "data" ? "data" : "unknown";
    return { ...this.#form(bitrate), kind, ...(languages.length > 0 ? { languages } : {}) };
  }

  #form(bitrate: number): StreamForm {
    const isScrambledPes = this.#readers.video?.scrambled === true || this.#readers.audio?.scrambled === true;
    return {
      pid: this.pid,
      program_numbers: this.programNumbers,
      codec: this.identity.codec,
      stream_type: this.streamType,
      bitrate_bps: bitrate,
      ...(this.#scrambled || isScrambledPes ? { scrambled: true as const } : {}),
    };
  }

  /** What was read, unless it is scrambled now: then that may be true no longer. */
  #clear<Facts>(reader: PesReader<Facts> | undefined): Facts | undefined {
    return this.#scrambled || reader?.scrambled === true ? undefined : reader?.facts;
  }

  #scramble(): void {
    if (this.#scrambled) {
      return;
    }
    this.#scrambled = true;
    this.break();
    if (!this.#isFresh) {
      this.#isFresh = true;
      this.#readers = this.#open();
    }
  }

  #open(): Readers {
    const { format } = this.identity;
    switch (format) {
      case "h264":
      case "hevc":
      case "mpeg-video":
        return { video: new PesReader(new VideoReader(format)) };
      case "jpeg-xs":
        return { video: new PesReader(new JpegXsReader(jpegXsOf(this.#descriptors))) };
      case "s302m":
        return { audio: new PesReader(new S302mReader()) };
      case "scte35":
        return { scte35: new Scte35Reader(this.#tell) };
      case "none":
        return {};
      default:
        return { audio: new PesReader(new AudioReader(format, opusChannelsOf(this.#descriptors))) };
    }
  }
}
