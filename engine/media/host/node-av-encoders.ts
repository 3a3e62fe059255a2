import type * as Av from "node-av/lib";
import { withAdts } from "./adts.ts";
import type { AudioEncoder, AudioEncoderSettings, Encoded, VideoEncoder, VideoEncoderSettings } from "./codecs.ts";
import { succeed, type Library } from "./node-av-library.ts";

const SAMPLE_RATE = 48_000;

/** Takes what an encoder has made. A call costs a hop to another thread, so it is not asked for what it was seen to keep back. */
class Outlet {
  readonly #context: Av.CodecContext;
  readonly #packet: Av.Packet;
  /** Frames that went in and did not come out, and how many it keeps back. */
  #inside = 0;
  #kept = 0;

  constructor({ av }: Library, context: Av.CodecContext) {
    this.#context = context;
    this.#packet = new av.Packet();
    this.#packet.alloc();
  }

  /** After a frame went in. */
  async take(): Promise<Encoded[]> {
    const out: Encoded[] = [];
    this.#inside++;
    while (this.#inside > this.#kept) {
      if ((await this.#context.receivePacket(this.#packet)) < 0) {
        this.#kept = this.#inside;
        break;
      }
      const { data, pts, dts, isKeyframe } = this.#packet;
      out.push({ bytes: new Uint8Array(data ?? []), pts: Number(pts), dts: Number(dts), isKey: isKeyframe });
      this.#packet.unref();
      this.#inside--;
    }
    return out;
  }

  close(): void {
    this.#packet.free();
  }
}

export class NodeAvVideoEncoder implements VideoEncoder {
  readonly frame: Uint8Array;
  readonly #library: Library;
  readonly #context: Av.CodecContext;
  readonly #picture: Av.Frame;
  readonly #outlet: Outlet;

  private constructor(library: Library, context: Av.CodecContext, { width, height }: VideoEncoderSettings) {
    const { av, c } = library;
    this.#library = library;
    this.#context = context;
    this.#outlet = new Outlet(library, context);
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
    const { width, height, fps, kbps, gop, colorimetry } = settings;
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
    const isHd = colorimetry === "bt709";
    context.colorSpace = isHd ? c.AVCOL_SPC_BT709 : c.AVCOL_SPC_SMPTE170M;
    context.colorPrimaries = isHd ? c.AVCOL_PRI_BT709 : c.AVCOL_PRI_SMPTE170M;
    context.colorTrc = isHd ? c.AVCOL_TRC_BT709 : c.AVCOL_TRC_SMPTE170M;
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
    return this.#outlet.take();
  }

  close(): void {
    this.#outlet.close();
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
const X264 = "aud=1:scenecut=0:open-gop=0";

const LAYOUTS: Readonly<
  Record<number, "AV_CHANNEL_LAYOUT_MONO" | "AV_CHANNEL_LAYOUT_STEREO" | "AV_CHANNEL_LAYOUT_5POINT1_BACK" | "AV_CHANNEL_LAYOUT_7POINT1">
> = {
  1: "AV_CHANNEL_LAYOUT_MONO",
  2: "AV_CHANNEL_LAYOUT_STEREO",
  6: "AV_CHANNEL_LAYOUT_5POINT1_BACK",
  8: "AV_CHANNEL_LAYOUT_7POINT1",
};

export class NodeAvAudioEncoder implements AudioEncoder {
  readonly frameSamples: number;
  readonly #library: Library;
  readonly #context: Av.CodecContext;
  readonly #frame: Av.Frame;
  readonly #outlet: Outlet;
  readonly #channels: number;

  private constructor(library: Library, context: Av.CodecContext, channels: number) {
    const { av, c } = library;
    this.#library = library;
    this.#context = context;
    this.#channels = channels;
    this.frameSamples = context.frameSize;
    this.#outlet = new Outlet(library, context);
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
    const encoded = await this.#outlet.take();
    return encoded.map((unit) => ({ ...unit, bytes: withAdts(unit.bytes, this.#channels) }));
  }

  close(): void {
    this.#outlet.close();
    this.#frame.free();
    this.#context.freeContext();
  }
}
