import type * as Av from "node-av/lib";
import type { PictureSpec, VideoCodec } from "../jobs.ts";
import { MOST_PIXELS, type FittedPicture, type PictureDecoder } from "./codecs.ts";
import { succeed, type Library } from "./node-av-library.ts";
import { Scaler } from "./node-av-scaler.ts";

const DECODERS = { h264: "h264", hevc: "hevc", mpeg2: "mpeg2video" } as const satisfies Record<VideoCodec, string>;

/** Decodes pictures in this process. */
export class NodeAvDecoder implements PictureDecoder {
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
    // A picture that stands alone is made smaller at once: what deblocking would change nobody sees, and no other picture refers to it.
    const fast = spec.from === "key" ? { skip_loop_filter: "all", flags2: "+fast" } : {};
    const options = av.Dictionary.fromObject({ max_pixels: String(MOST_PIXELS), ...fast });
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
      if (!found) {
        await context.sendPacket(null);
      }
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
    // What comes behind the first is dropped when the decoder is emptied.
    while (!(first && (found || any)) && (await this.#context.receiveFrame(this.#frame)) >= 0) {
      this.#last.unref();
      this.#last.ref(this.#frame);
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
