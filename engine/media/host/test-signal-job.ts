import type { TestSignalSpec, TestSoundSpec } from "@bilbycast/engine/transport";
import { SAMPLE_RATE, sampleOfFrame, TestPicture, TestSound, tintOf } from "@bilbycast/protocols/test-signal";
import { encodeUnitHead } from "../jobs.ts";
import { FROM_HOST, TO_HOST } from "../wire.ts";
import type { AudioEncoder, Codecs, VideoEncoder } from "./codecs.ts";
import type { HostJob, Say } from "./host-job.ts";

/** Of time stamps. */
const TICKS = 90_000;
/** Frames that one order may ask for: what is behind goes on with the next. */
const MOST_AT_ONCE = 120;
const VIDEO = 0;
const AUDIO = 1;
/** The fourth channel, where there are more than two. */
const LFE = 3;
/** A picture that needs no other comes so often. Seconds. */
const GOP_SECONDS = 1;

/** Draws, sounds and encodes the test signal, as many frames as are asked for. */
export class TestSignalJob implements HostJob {
  readonly #say: Say;
  readonly #spec: TestSignalSpec;
  readonly #picture: TestPicture;
  readonly #video: VideoEncoder;
  readonly #sound: Sound | undefined;
  #next: number;

  private constructor(spec: TestSignalSpec, say: Say, picture: TestPicture, video: VideoEncoder, sound: Sound | undefined) {
    this.#say = say;
    this.#spec = spec;
    this.#picture = picture;
    this.#video = video;
    this.#sound = sound;
    this.#next = spec.firstFrame;
    picture.prepare(video.frame);
  }

  static async open(codecs: Codecs, spec: TestSignalSpec, say: Say): Promise<TestSignalJob> {
    const { width, height, fps, videoKbps, audio, name, sourceId, marker, firstFrame } = spec;
    const picture = new TestPicture({ width, height, fps, name, sourceId, marker, tint: tintOf(name) });
    const settings = { width, height, fps, kbps: videoKbps, gop: fps * GOP_SECONDS, colorimetry: picture.colorimetry };
    const video = await codecs.openVideoEncoder(settings);
    const sound = audio === undefined ? undefined : await Sound.open(codecs, audio, marker !== "none", sampleOfFrame(firstFrame, fps));
    return new TestSignalJob(spec, say, picture, video, sound);
  }

  async take(kind: number, body: Uint8Array): Promise<void> {
    if (kind !== TO_HOST.want || body.length !== 8) {
      throw new Error("an encoder was given what is no order");
    }
    const end = Math.min(new DataView(body.buffer, body.byteOffset).getFloat64(0), this.#next + MOST_AT_ONCE);
    while (this.#next < end) {
      await this.#frame(this.#next++);
    }
  }

  close(): void {
    this.#video.close();
    this.#sound?.close();
  }

  async #frame(number: number): Promise<void> {
    const { fps, firstFrame } = this.#spec;
    this.#picture.draw(this.#video.frame, number);
    for (const { bytes, pts, dts, isKey } of await this.#video.encode(number - firstFrame)) {
      const at = (frame: number): number => Math.round(((firstFrame + frame) * TICKS) / fps);
      this.#say(FROM_HOST.unit, encodeUnitHead({ stream: VIDEO, randomAccess: isKey, pts: at(pts), dts: at(dts) }), bytes);
    }
    await this.#sound?.until(sampleOfFrame(number + 1, fps), this.#say);
  }
}

/** The sound beside the frames. */
class Sound {
  readonly #sound: TestSound;
  readonly #encoder: AudioEncoder;
  readonly #planes: readonly Float32Array[];
  readonly #first: number;
  readonly #isPlain: boolean;
  #next: number;

  private constructor(sound: TestSound, encoder: AudioEncoder, { channels, content }: TestSoundSpec, first: number) {
    this.#sound = sound;
    this.#isPlain = content === "tone";
    this.#encoder = encoder;
    this.#planes = Array.from({ length: channels }, () => new Float32Array(encoder.frameSamples));
    this.#first = first;
    this.#next = first;
  }

  static async open(codecs: Codecs, spec: TestSoundSpec, avSyncMarker: boolean, first: number): Promise<Sound> {
    const { channels, kbps, toneHz, toneDbfs, content } = spec;
    const encoder = await codecs.openAudioEncoder({ channels, kbps });
    return new Sound(new TestSound({ channels, toneHz, toneDbfs, content, avSyncMarker }), encoder, spec, first);
  }

  /** Encodes all frames of sound that begin before sample `end`. */
  async until(end: number, say: Say): Promise<void> {
    const { frameSamples } = this.#encoder;
    for (; this.#next < end; this.#next += frameSamples) {
      for (const [channel, plane] of this.#planes.entries()) {
        // A plain tone is the same on all channels but LFE.
        const [first] = this.#planes;
        if (this.#isPlain && channel > 0 && channel !== LFE && first !== undefined) {
          plane.set(first);
        } else {
          this.#sound.fillChannel(plane, channel, this.#next, frameSamples);
        }
      }
      for (const { bytes, pts } of await this.#encoder.encode(this.#planes, this.#next - this.#first)) {
        const at = Math.round(((this.#first + pts) * TICKS) / SAMPLE_RATE);
        say(FROM_HOST.unit, encodeUnitHead({ stream: AUDIO, randomAccess: true, pts: at, dts: at }), bytes);
      }
    }
  }

  close(): void {
    this.#encoder.close();
  }
}
