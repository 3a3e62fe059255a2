import type * as Av from "node-av/lib";
import type { PictureSpec } from "../jobs.ts";
import { fit, type FittedPicture } from "./codecs.ts";
import { toJpegColour } from "./jpeg-colour.ts";
import { QUANTIZER, succeed, type Library } from "./node-av-library.ts";

const JPEG_QUANTIZER = 4;
/** Lines of the tallest picture of standard definition. */
const TALLEST_SD = 576;

export type Source = { width: number; height: number; format: number; aspect: number };

/** Scales pictures of one shape into a JPEG of another. */
export class Scaler {
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
    this.#toJpegColour(planes, linesize, source.colorSpace);
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

  /** Where a stream does not say which matrix it has, its height does. */
  #toJpegColour(planes: readonly Uint8Array[], strides: readonly number[], space: number): void {
    const { c } = this.#library;
    const isHigh = space === c.AVCOL_SPC_BT709 || (space === c.AVCOL_SPC_UNSPECIFIED && this.#source.height > TALLEST_SD);
    const matrix = space === c.AVCOL_SPC_BT2020_NCL ? "bt2020" : isHigh ? "bt709" : "bt601";
    const [luma, blue, red] = planes.map(({ buffer, byteOffset, length }) => new Uint8ClampedArray(buffer, byteOffset, length));
    if (luma !== undefined && blue !== undefined && red !== undefined) {
      const { width, height } = this.#frame;
      toJpegColour(matrix, { luma, blue, red, lumaStride: strides[0] ?? 0, chromaStride: strides[1] ?? 0 }, width, height);
    }
  }

  #copyLuma(plane: Uint8Array, stride: number): void {
    const { width, height } = this.#frame;
    for (let row = 0; row < height; row++) {
      this.#luma.set(plane.subarray(row * stride, row * stride + width), row * width);
    }
  }
}
