import { MadeMux, type MadeProgram } from "@bilbycast/testkit/streams";

/** Parameter sets of x264 for 320 x 180, and slices that begin like its. */
const SPS = Uint8Array.from(Buffer.from("6764000dacd941419f9f011000000300100000030320f14299", "hex"));
const PPS = Uint8Array.from(Buffer.from("68ebe3cb22c0", "hex"));

const FRAME = 3_600;
const MAP = 0x100;
const VIDEO = 0x101;
const AUDIO = 0x102;

const slice = (first: number, second: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i === 0 ? first : i === 1 ? second : 0x55));

const annexB = (...nals: Uint8Array[]): Uint8Array => Buffer.concat(nals.flatMap((nal) => [Uint8Array.of(0, 0, 0, 1), nal]));

/** 48 kHz, stereo, LC. */
const adts = (payload: Uint8Array): Uint8Array => {
  const size = 7 + payload.length;
  return Buffer.concat([Uint8Array.of(0xff, 0xf1, 0x4c, 0x80 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc), payload]);
};

/** A program of 25 pictures a second, a key frame in each, and a frame of sound beside each picture. */
export class Film {
  readonly #mux = new MadeMux();
  readonly #kinds: { video: number; audio: number | undefined };
  #dts: number;
  #frame = 0;
  #version = 0;

  constructor(kinds: { video?: number; audio?: number | undefined } = {}, dts = 90_000) {
    this.#kinds = { video: 0x1b, audio: 0x0f, ...kinds };
    this.#dts = dts;
  }

  get #program(): MadeProgram {
    const { video, audio } = this.#kinds;
    const streams = [{ pid: VIDEO, streamType: video }, ...(audio === undefined ? [] : [{ pid: AUDIO, streamType: audio }])];
    return { programNumber: 1, programMapPid: MAP, streams };
  }

  tables(): Uint8Array {
    return this.#mux.tables([this.#program], this.#version).take();
  }

  noProgram(): Uint8Array {
    this.#version++;
    const bytes = this.#mux.tables([], this.#version).take();
    this.#version++;
    return bytes;
  }

  /** The clock jumps by so many ticks. */
  jump(ticks: number): void {
    this.#dts += ticks;
  }

  /** The next picture with its sound; `size` bytes of it. */
  picture(size = 100): Uint8Array {
    const isKey = this.#frame % 25 === 0;
    const nals = isKey ? [SPS, PPS, slice(0x65, 0x88, size)] : [slice(0x41, 0x9a, size)];
    this.#frame++;
    this.#mux.pes(VIDEO, { streamId: 0xe0, pts: this.#dts + FRAME, dts: this.#dts, payload: annexB(...nals) });
    if (this.#kinds.audio !== undefined) {
      this.#mux.pes(AUDIO, { streamId: 0xc0, pts: this.#dts, payload: adts(new Uint8Array(60)) });
    }
    this.#dts += FRAME;
    return this.#mux.take();
  }
}
