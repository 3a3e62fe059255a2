import type { PictureSpec, VideoCodec } from "../jobs.ts";
import type {
  AudioEncoder,
  AudioEncoderSettings,
  Codecs,
  Encoded,
  FittedPicture,
  PictureDecoder,
  VideoEncoder,
  VideoEncoderSettings,
} from "./codecs.ts";
import { MOST_PIXELS } from "./codecs.ts";
import { FfmpegProcess } from "./ffmpeg-process.ts";
import { AdtsSplitter, H264Splitter, JpegSplitter } from "./splitters.ts";

/** The same codecs where the library cannot be loaded: the `ffmpeg` of the machine, one process for each decoder and encoder. */
export const openFfmpeg = async (): Promise<Codecs> => {
  let said = "";
  const asked = new FfmpegProcess(["-version"], { 1: (bytes) => (said += bytes.toString()) });
  asked.end();
  await asked.ended;
  const version = /^ffmpeg version (\S+)/.exec(said)?.[1];
  if (version === undefined) {
    throw new Error(`there is no ffmpeg: ${asked.words}`);
  }
  return {
    facts: { backend: "ffmpeg", version },
    openDecoder: (spec) => Promise.resolve(spec.from === "key" ? new KeyDecoder(spec) : new StreamDecoder(spec)),
    openVideoEncoder: (settings) => Promise.resolve(new FfmpegVideoEncoder(settings)),
    openAudioEncoder: (settings) => Promise.resolve(new FfmpegAudioEncoder(settings)),
  };
};

const FORMATS = { h264: "h264", hevc: "hevc", mpeg2: "mpegvideo" } as const satisfies Record<VideoCodec, string>;

/** Of one piece of memory that ffmpeg takes: its processes are not watched as the host is. */
const MOST_BYTES = 268_435_456;

/** Two outputs of every frame: a JPEG on descriptor 1, its luma on descriptor 3. */
const pictureArgs = ({ codec, width, height }: PictureSpec): string[] => [
  ...[
    "-loglevel",
    "info",
    "-max_alloc",
    String(MOST_BYTES),
    "-max_pixels",
    String(MOST_PIXELS),
    "-threads",
    "1",
    "-probesize",
    "1000000",
    "-f",
    FORMATS[codec],
    "-i",
    "pipe:0",
  ],
  "-filter_complex",
  `[0:v]scale=w=${width}:h=${height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=fast_bilinear:out_range=full:out_color_matrix=bt601,` +
    `pad=${width}:${height}:-1:-1:black,format=yuvj420p,split[a][b]`,
];

const JPEG_OUT = ["-map", "[a]", "-c:v", "mjpeg", "-q:v", "4", "-f", "mjpeg", "pipe:1"];
const LUMA_OUT = ["-map", "[b]", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:3"];

/** Size of the coded picture, as ffmpeg says it. */
const sizeIn = (words: string): { width: number; height: number } => {
  const [, width = "0", height = "0"] = /Video: .*?, (\d+)x(\d+)/.exec(words) ?? [];
  return { width: Number(width), height: Number(height) };
};

/** A process for each picture. */
class KeyDecoder implements PictureDecoder {
  readonly #spec: PictureSpec;
  #running: FfmpegProcess | undefined;

  constructor(spec: PictureSpec) {
    this.#spec = spec;
  }

  async decode(units: readonly Uint8Array[], wanted: boolean): Promise<FittedPicture | undefined> {
    if (!wanted) {
      return undefined;
    }
    const { width, height } = this.#spec;
    const jpeg: Buffer[] = [];
    const luma: Buffer[] = [];
    const one = ["-frames:v", "1"];
    const running = new FfmpegProcess([...pictureArgs(this.#spec), ...one, ...JPEG_OUT, ...one, ...LUMA_OUT], {
      1: (bytes) => jpeg.push(bytes),
      3: (bytes) => luma.push(bytes),
    });
    this.#running = running;
    running.end(Buffer.concat(units));
    await running.ended;
    const plane = Buffer.concat(luma);
    if (plane.length !== width * height || jpeg.length === 0) {
      throw new Error(running.words.trim().split("\n").at(-1) ?? "ffmpeg makes no picture of it");
    }
    return { jpeg: Buffer.concat(jpeg), luma: plane, ...sizeIn(running.words) };
  }

  close(): void {
    this.#running?.kill();
  }
}

/** One process for a stream; the newest picture is what it gives. */
class StreamDecoder implements PictureDecoder {
  readonly #running: FfmpegProcess;
  readonly #jpegs = new JpegSplitter((jpeg) => (this.#jpeg = jpeg));
  readonly #luma: Uint8Array;
  #fill = 0;
  #frames = 0;
  #given = 0;
  #jpeg: Uint8Array | undefined;

  constructor(spec: PictureSpec) {
    this.#luma = new Uint8Array(spec.width * spec.height);
    const [loglevel, level, ...rest] = pictureArgs(spec);
    this.#running = new FfmpegProcess(
      [loglevel ?? "", level ?? "", "-fflags", "nobuffer", "-flags", "low_delay", ...rest, ...JPEG_OUT, ...LUMA_OUT],
      {
        1: (bytes) => this.#jpegs.push(bytes),
        3: (bytes) => this.#takeLuma(bytes),
      },
    );
  }

  async decode(units: readonly Uint8Array[], wanted: boolean): Promise<FittedPicture | undefined> {
    for (const unit of units) {
      await this.#running.write(unit);
    }
    if (!wanted || this.#frames === this.#given || this.#jpeg === undefined) {
      return undefined;
    }
    this.#given = this.#frames;
    return { jpeg: this.#jpeg, luma: this.#luma, ...sizeIn(this.#running.words) };
  }

  close(): void {
    this.#running.kill();
  }

  #takeLuma(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(this.#luma.length - this.#fill, bytes.length - at);
      this.#luma.set(bytes.subarray(at, at + count), this.#fill);
      this.#fill = (this.#fill + count) % this.#luma.length;
      this.#frames += this.#fill === 0 ? 1 : 0;
      at += count;
    }
  }
}

class FfmpegVideoEncoder implements VideoEncoder {
  readonly frame: Uint8Array;
  readonly #running: FfmpegProcess;
  readonly #splitter = new H264Splitter((bytes, isKey) => this.#out.push({ bytes, isKey, pts: 0, dts: 0 }));
  #out: Encoded[] = [];
  readonly #times: number[] = [];

  constructor({ width, height, fps, kbps, gop, colorimetry }: VideoEncoderSettings) {
    this.frame = new Uint8Array((width * height * 3) / 2);
    const space = colorimetry === "bt709" ? "bt709" : "smpte170m";
    this.#running = new FfmpegProcess(
      [
        ...["-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${width}x${height}`, "-r", String(fps), "-i", "pipe:0"],
        ...["-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-tune", "zerolatency", "-g", String(gop), "-bf", "0"],
        ...["-b:v", `${kbps}k`, "-maxrate", `${kbps}k`, "-bufsize", `${kbps * 0.5}k`, "-x264-params", "aud=1:scenecut=0:open-gop=0"],
        ...["-color_range", "tv", "-colorspace", space, "-color_primaries", space, "-color_trc", space],
        ...["-flush_packets", "1", "-f", "h264", "pipe:1"],
      ],
      { 1: (bytes) => this.#splitter.push(bytes) },
    );
  }

  async encode(pts: number): Promise<Encoded[]> {
    this.#times.push(pts);
    await this.#running.write(this.frame.slice());
    return this.#taken();
  }

  close(): void {
    this.#running.kill();
  }

  /** Without B frames units come in the order of the frames. */
  #taken(): Encoded[] {
    const out = this.#out.map((unit) => {
      const pts = this.#times.shift() ?? 0;
      return { ...unit, pts, dts: pts };
    });
    this.#out = [];
    return out;
  }
}

/** Samples of an AAC frame, and of those that the encoder puts before the first one. */
const AAC_FRAME = 1_024;

class FfmpegAudioEncoder implements AudioEncoder {
  readonly frameSamples = AAC_FRAME;
  readonly #running: FfmpegProcess;
  readonly #channels: number;
  readonly #splitter = new AdtsSplitter((bytes) => this.#out.push(bytes));
  #out: Uint8Array[] = [];
  #next: number | undefined;

  constructor({ channels, kbps }: AudioEncoderSettings) {
    this.#channels = channels;
    this.#running = new FfmpegProcess(
      [
        ...["-loglevel", "error", "-f", "f32le", "-ar", "48000", "-ac", String(channels), "-i", "pipe:0"],
        ...["-c:a", "aac", "-b:a", `${kbps}k`, "-flush_packets", "1", "-f", "adts", "pipe:1"],
      ],
      { 1: (bytes) => this.#splitter.push(bytes) },
    );
  }

  async encode(planes: readonly Float32Array[], pts: number): Promise<Encoded[]> {
    this.#next ??= pts - AAC_FRAME;
    const samples = new Float32Array(AAC_FRAME * this.#channels);
    for (let i = 0; i < AAC_FRAME; i++) {
      for (let channel = 0; channel < this.#channels; channel++) {
        samples[i * this.#channels + channel] = planes[channel]?.[i] ?? 0;
      }
    }
    await this.#running.write(new Uint8Array(samples.buffer));
    const out: Encoded[] = [];
    for (const bytes of this.#out.splice(0)) {
      out.push({ bytes, pts: this.#next, dts: this.#next, isKey: true });
      this.#next += AAC_FRAME;
    }
    return out;
  }

  close(): void {
    this.#running.kill();
  }
}
