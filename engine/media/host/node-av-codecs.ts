import type * as Av from "node-av/lib";
import type { PictureSpec, VideoCodec } from "../jobs.ts";
import { withAdts } from "./adts.ts";
import {
  fit,
  MOST_PIXELS,
  type AudioEncoder,
  type AudioEncoderSettings,
  type Codecs,
  type Encoded,
  type FittedPicture,
  type PictureDecoder,
  type VideoEncoder,
  type VideoEncoderSettings,
} from "./codecs.ts";

type Lib = typeof Av;
type Constants = typeof import("node-av/constants");
type Library = { av: Lib; c: Constants };

/** FFmpeg's quantizer scale: 118 is one step. */
const QUANTIZER = 118;
const JPEG_QUANTIZER = 4;
const SAMPLE_RATE = 48_000;

/** Codecs of FFmpeg inside this process, by its asynchronous calls only: the synchronous ones crash at exit. */
export const openNodeAv = async (): Promise<Codecs> => {
  const library: Library = { av: await import("node-av/lib"), c: await import("node-av/constants") };
  library.av.Log.setLevel(library.c.AV_LOG_FATAL);
  return {
    facts: { backend: "node-av", version: library.av.getFFmpegInfo().version },
    openDecoder: (spec) => NodeAvDecoder.open(library, spec),
    openVideoEncoder: (settings) => NodeAvVideoEncoder.open(library, settings),
    openAudioEncoder: (settings) => NodeAvAudioEncoder.open(library, settings),
  };
};

const DECODERS = { h264: "h264", hevc: "hevc", mpeg2: "mpeg2video" } as const satisfies Record<VideoCodec, string>;

/** Throws with FFmpeg's own words for a result below 0. */
const succeed = ({ av }: Library, result: number, what: string): void => {
  if (result < 0) {
    throw new Error(`${what}: ${new av.FFmpegError(result).message}`);
  }
};

class NodeAvDecoder implements PictureDecoder {
  readonly #library: Library;
  readonly #spec: PictureSpec;
  readonly #context: Av.CodecContext;
  readonly #packet: Av.Packet;
  readonly #frame: Av.Frame;
  readonly #last: Av.Frame;
  #scaler: Scaler | undefined;

  private constructor(library: Library, spec: PictureSpec, context: Av.CodecContext) {
    const { av } = library;
    this.#library = library;
    this.#spec = spec;
    this.#context = context;
    this.#packet = new av.Packet();
    this.#frame = new av.Frame();
    this.#last = new av.Frame();
    this.#packet.alloc();
    this.#frame.alloc();
    this.#last.alloc();
  }

  static async open(library: Library, spec: PictureSpec): Promise<NodeAvDecoder> {
    const { av, c } = library;
    const codec = av.Codec.findDecoderByName(DECODERS[spec.codec] as never);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.threadCount = 1;
    context.setFlags(c.AV_CODEC_FLAG_OUTPUT_CORRUPT);
    const options = av.Dictionary.fromObject({ max_pixels: String(MOST_PIXELS) });
    try {
      succeed(library, await context.open2(codec, options), "the decoder does not open");
    } finally {
      options.free();
    }
    return new NodeAvDecoder(library, spec, context);
  }

  async decode(units: readonly Uint8Array[], wanted: boolean): Promise<FittedPicture | undefined> {
    const context = this.#context;
    const alone = this.#spec.from === "key";
    let refused: number | undefined;
    let found = false;
    for (const unit of units) {
      this.#packet.data = Buffer.from(unit.buffer, unit.byteOffset, unit.length);
      const result = await context.sendPacket(this.#packet);
      this.#packet.unref();
      refused = result < 0 ? result : refused;
      found = (await this.#receive(alone, found)) || found;
    }
    if (alone) {
      await context.sendPacket(null);
      found = (await this.#receive(alone, found)) || found;
      context.flushBuffers();
    }
    if (!found) {
      if (refused !== undefined) {
        succeed(this.#library, refused, "the decoder takes nothing of it");
      }
      return undefined;
    }
    const picture = wanted ? await this.#fitted() : undefined;
    this.#last.unref();
    return picture;
  }

  close(): void {
    this.#scaler?.close();
    this.#packet.free();
    this.#frame.free();
    this.#last.free();
    this.#context.freeContext();
  }

  /** Takes what the decoder has: the first picture when each request stands alone, else the newest. */
  async #receive(first: boolean, found: boolean): Promise<boolean> {
    let any = false;
    while ((await this.#context.receiveFrame(this.#frame)) >= 0) {
      if (!(first && (found || any))) {
        this.#last.unref();
        this.#last.ref(this.#frame);
      }
      any = true;
      this.#frame.unref();
    }
    return any;
  }

  async #fitted(): Promise<FittedPicture> {
    const { width, height, format, sampleAspectRatio } = this.#last;
    const aspect = sampleAspectRatio.num > 0 && sampleAspectRatio.den > 0 ? sampleAspectRatio.num / sampleAspectRatio.den : 1;
    if (this.#scaler?.fits(width, height, format, aspect) !== true) {
      this.#scaler?.close();
      this.#scaler = undefined;
      this.#scaler = await Scaler.open(this.#library, this.#spec, { width, height, format, aspect });
    }
    return this.#scaler.run(this.#last);
  }
}

type Source = { width: number; height: number; format: number; aspect: number };

/** Scales pictures of one shape into a JPEG of another. */
class Scaler {
  readonly #library: Library;
  readonly #source: Source;
  readonly #sws: Av.SoftwareScaleContext;
  readonly #frame: Av.Frame;
  readonly #encoder: Av.CodecContext;
  readonly #packet: Av.Packet;
  readonly #luma: Uint8Array;
  readonly #place: ReturnType<typeof fit>;

  private constructor(library: Library, spec: PictureSpec, source: Source, encoder: Av.CodecContext) {
    const { av, c } = library;
    this.#library = library;
    this.#source = source;
    this.#encoder = encoder;
    this.#place = fit(source, spec.width, spec.height);
    this.#sws = new av.SoftwareScaleContext();
    const { width, height } = this.#place;
    this.#sws.getContext(source.width, source.height, source.format as never, width, height, c.AV_PIX_FMT_YUVJ420P, c.SWS_FAST_BILINEAR);
    this.#frame = new av.Frame();
    this.#frame.alloc();
    this.#frame.format = c.AV_PIX_FMT_YUVJ420P;
    this.#frame.width = spec.width;
    this.#frame.height = spec.height;
    succeed(library, this.#frame.getBuffer(0), "no memory for a picture");
    this.#packet = new av.Packet();
    this.#packet.alloc();
    this.#luma = new Uint8Array(spec.width * spec.height);
    this.#frame.data?.forEach((plane, i) => plane.fill(i === 0 ? 0 : 128));
  }

  static async open(library: Library, spec: PictureSpec, source: Source): Promise<Scaler> {
    const { av, c } = library;
    const codec = av.Codec.findEncoderByName("mjpeg" as never);
    const encoder = new av.CodecContext();
    encoder.allocContext3(codec);
    encoder.width = spec.width;
    encoder.height = spec.height;
    encoder.pixelFormat = c.AV_PIX_FMT_YUVJ420P;
    encoder.timeBase = new av.Rational(1, 25);
    encoder.threadCount = 1;
    encoder.setFlags(c.AV_CODEC_FLAG_QSCALE);
    encoder.globalQuality = QUANTIZER * JPEG_QUANTIZER;
    succeed(library, await encoder.open2(codec), "the JPEG encoder does not open");
    return new Scaler(library, spec, source, encoder);
  }

  fits(width: number, height: number, format: number, aspect: number): boolean {
    const { width: w, height: h, format: f, aspect: a } = this.#source;
    return w === width && h === height && f === format && a === aspect;
  }

  async run(source: Av.Frame): Promise<FittedPicture> {
    const library = this.#library;
    const frame = this.#frame;
    succeed(library, frame.makeWritable(), "no memory for a picture");
    const { x, y } = this.#place;
    const { linesize } = frame;
    const planes = frame.data ?? [];
    const target = [0, 1, 2].map((i) => {
      const half = i === 0 ? 1 : 2;
      return (planes[i] ?? Buffer.alloc(0)).subarray((y / half) * (linesize[i] ?? 0) + x / half);
    });
    await this.#sws.scale(source.data ?? [], source.linesize, 0, this.#source.height, target, linesize.slice(0, 3));
    frame.pts += 1n;
    frame.quality = QUANTIZER * JPEG_QUANTIZER;
    succeed(library, await this.#encoder.sendFrame(frame), "the JPEG encoder takes no picture");
    succeed(library, await this.#encoder.receivePacket(this.#packet), "the JPEG encoder gives nothing");
    const jpeg = new Uint8Array(this.#packet.data ?? []);
    this.#packet.unref();
    this.#copyLuma(planes[0] ?? Buffer.alloc(0), linesize[0] ?? 0);
    return { jpeg, luma: this.#luma, width: this.#source.width, height: this.#source.height };
  }

  close(): void {
    this.#sws.freeContext();
    this.#packet.free();
    this.#frame.free();
    this.#encoder.freeContext();
  }

  #copyLuma(plane: Uint8Array, stride: number): void {
    const { width, height } = this.#frame;
    for (let row = 0; row < height; row++) {
      this.#luma.set(plane.subarray(row * stride, row * stride + width), row * width);
    }
  }
}

/** What the encoder has by now. */
const encodedOf = async (context: Av.CodecContext, packet: Av.Packet): Promise<Encoded[]> => {
  const out: Encoded[] = [];
  while ((await context.receivePacket(packet)) >= 0) {
    out.push({
      bytes: new Uint8Array(packet.data ?? []),
      pts: Number(packet.pts),
      dts: Number(packet.dts),
      isKey: packet.isKeyframe,
    });
    packet.unref();
  }
  return out;
};

class NodeAvVideoEncoder implements VideoEncoder {
  readonly frame: Uint8Array;
  readonly #library: Library;
  readonly #context: Av.CodecContext;
  readonly #picture: Av.Frame;
  readonly #packet: Av.Packet;

  private constructor(library: Library, context: Av.CodecContext, { width, height }: VideoEncoderSettings) {
    const { av, c } = library;
    this.#library = library;
    this.#context = context;
    this.#packet = new av.Packet();
    this.#packet.alloc();
    this.#picture = new av.Frame();
    this.#picture.alloc();
    this.#picture.format = c.AV_PIX_FMT_YUV420P;
    this.#picture.width = width;
    this.#picture.height = height;
    succeed(library, this.#picture.getBuffer(0), "no memory for a frame");
    this.frame = new Uint8Array((width * height * 3) / 2);
  }

  static async open(library: Library, settings: VideoEncoderSettings): Promise<NodeAvVideoEncoder> {
    const { av, c } = library;
    const { width, height, fps, kbps, gop } = settings;
    const codec = av.Codec.findEncoderByName("libx264" as never);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.width = width;
    context.height = height;
    context.timeBase = new av.Rational(1, fps);
    context.framerate = new av.Rational(fps, 1);
    context.sampleAspectRatio = new av.Rational(1, 1);
    context.pixelFormat = c.AV_PIX_FMT_YUV420P;
    context.gopSize = gop;
    context.maxBFrames = 0;
    context.bitRate = BigInt(kbps * 1_000);
    context.rcMaxRate = BigInt(kbps * 1_000);
    context.rcBufferSize = kbps * 500;
    context.threadCount = 1;
    context.colorRange = c.AVCOL_RANGE_MPEG;
    const space = height >= 720 ? c.AVCOL_SPC_BT709 : c.AVCOL_SPC_SMPTE170M;
    context.colorSpace = space;
    context.colorPrimaries = height >= 720 ? c.AVCOL_PRI_BT709 : c.AVCOL_PRI_SMPTE170M;
    context.colorTrc = height >= 720 ? c.AVCOL_TRC_BT709 : c.AVCOL_TRC_SMPTE170M;
    const options = av.Dictionary.fromObject({ preset: "veryfast", tune: "zerolatency", "x264-params": X264 });
    try {
      succeed(library, await context.open2(codec, options), "x264 does not open");
    } finally {
      options.free();
    }
    return new NodeAvVideoEncoder(library, context, settings);
  }

  async encode(pts: number): Promise<Encoded[]> {
    const picture = this.#picture;
    succeed(this.#library, picture.makeWritable(), "no memory for a frame");
    this.#copyPlanes();
    picture.pts = BigInt(pts);
    succeed(this.#library, await this.#context.sendFrame(picture), "x264 takes no frame");
    return encodedOf(this.#context, this.#packet);
  }

  close(): void {
    this.#packet.free();
    this.#picture.free();
    this.#context.freeContext();
  }

  #copyPlanes(): void {
    const { width, height, linesize } = this.#picture;
    const planes = this.#picture.data ?? [];
    let from = 0;
    for (let i = 0; i < 3; i++) {
      const columns = i === 0 ? width : width / 2;
      const rows = i === 0 ? height : height / 2;
      const stride = linesize[i] ?? 0;
      const plane = planes[i];
      for (let row = 0; row < (stride === columns ? 1 : rows); row++) {
        const count = stride === columns ? columns * rows : columns;
        plane?.set(this.frame.subarray(from + row * columns, from + row * columns + count), row * stride);
      }
      from += columns * rows;
    }
  }
}

/** Access unit delimiters, which ISO/IEC 13818-1 §2.14 asks for; no frame needs one that lies beyond a key frame. */
export const X264 = "aud=1:scenecut=0:open-gop=0";

const LAYOUTS: Readonly<Record<number, "AV_CHANNEL_LAYOUT_MONO" | "AV_CHANNEL_LAYOUT_STEREO" | "AV_CHANNEL_LAYOUT_5POINT1_BACK" | "AV_CHANNEL_LAYOUT_7POINT1">> = {
  1: "AV_CHANNEL_LAYOUT_MONO",
  2: "AV_CHANNEL_LAYOUT_STEREO",
  6: "AV_CHANNEL_LAYOUT_5POINT1_BACK",
  8: "AV_CHANNEL_LAYOUT_7POINT1",
};

class NodeAvAudioEncoder implements AudioEncoder {
  readonly frameSamples: number;
  readonly #library: Library;
  readonly #context: Av.CodecContext;
  readonly #frame: Av.Frame;
  readonly #packet: Av.Packet;
  readonly #channels: number;

  private constructor(library: Library, context: Av.CodecContext, channels: number) {
    const { av, c } = library;
    this.#library = library;
    this.#context = context;
    this.#channels = channels;
    this.frameSamples = context.frameSize;
    this.#packet = new av.Packet();
    this.#packet.alloc();
    this.#frame = new av.Frame();
    this.#frame.alloc();
    this.#frame.format = c.AV_SAMPLE_FMT_FLTP;
    this.#frame.nbSamples = this.frameSamples;
    this.#frame.sampleRate = SAMPLE_RATE;
    this.#frame.channelLayout = context.channelLayout;
    succeed(library, this.#frame.getBuffer(0), "no memory for sound");
  }

  static async open(library: Library, { channels, kbps }: AudioEncoderSettings): Promise<NodeAvAudioEncoder> {
    const { av, c } = library;
    const codec = av.Codec.findEncoderByName("aac" as never);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.sampleRate = SAMPLE_RATE;
    context.sampleFormat = c.AV_SAMPLE_FMT_FLTP;
    context.channelLayout = c[LAYOUTS[channels] ?? "AV_CHANNEL_LAYOUT_STEREO"];
    context.timeBase = new av.Rational(1, SAMPLE_RATE);
    context.bitRate = BigInt(kbps * 1_000);
    context.threadCount = 1;
    succeed(library, await context.open2(codec), "the AAC encoder does not open");
    return new NodeAvAudioEncoder(library, context, channels);
  }

  async encode(planes: readonly Float32Array[], pts: number): Promise<Encoded[]> {
    const frame = this.#frame;
    succeed(this.#library, frame.makeWritable(), "no memory for sound");
    frame.extendedData?.forEach((plane, i) => {
      const samples = planes[i];
      if (samples !== undefined) {
        plane.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      }
    });
    frame.pts = BigInt(pts);
    succeed(this.#library, await this.#context.sendFrame(frame), "the AAC encoder takes no sound");
    const encoded = await encodedOf(this.#context, this.#packet);
    return encoded.map((unit) => ({ ...unit, bytes: withAdts(unit.bytes, this.#channels) }));
  }

  close(): void {
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }
}
