import { GopMeter } from "@bilbycast/protocols/h26x";
import { readJpegXsPicture, type JpegXsDescriptor, type JpegXsPicture } from "@bilbycast/protocols/jpegxs";
import type { VideoFacts } from "./form.ts";
import type { PesSink } from "./stream-reader.ts";

/** Bytes of an access unit that are looked at: its box, and the codestream's headers up to the component table. */
const FRONT_SIZE = 160;

const NO_CAPTIONS = { cea608: false, cea708: false };

/** Follows JPEG XS: one access unit to a PES packet, every one intra coded. The codestream says what it is, the program map what it lacks. */
export class JpegXsReader implements PesSink<VideoFacts> {
  readonly #declared: JpegXsDescriptor | undefined;
  readonly #front = new Uint8Array(FRONT_SIZE);
  readonly #meter = new GopMeter();
  #held = FRONT_SIZE;
  #picture: JpegXsPicture | undefined;

  constructor(declared: JpegXsDescriptor | undefined) {
    this.#declared = declared;
  }

  begin(_pts: number, dts: number): void {
    this.#look();
    this.#held = 0;
    this.#meter.add({ dts, pictureType: "I", randomAccess: true, closed: true, secondField: false, captions: NO_CAPTIONS });
  }

  payload(bytes: Uint8Array, from: number, end: number): void {
    if (this.#held === FRONT_SIZE) {
      return;
    }
    const taken = Math.min(FRONT_SIZE - this.#held, end - from);
    this.#front.set(bytes.subarray(from, from + taken), this.#held);
    this.#held += taken;
    if (this.#held === FRONT_SIZE) {
      this.#look();
    }
  }

  break(): void {
    this.#held = FRONT_SIZE;
    this.#meter.break();
  }

  tick(): void {
    // Nothing ages.
  }

  get facts(): VideoFacts {
    const said = this.#picture ?? this.#declared;
    if (said === undefined) {
      return {};
    }
    const declared = this.#declared;
    const rate = this.#meter.facts.framesPerSecond ?? declared?.frameRate;
    const chroma = this.#picture?.chroma ?? declared?.chroma;
    const bitDepth = this.#picture?.bitDepth ?? declared?.bitDepth;
    return {
      // An interlaced frame is two codestreams of a field each.
      resolution: `${said.width}x${declared?.interlaced === true ? said.height * 2 : said.height}`,
      ...(rate === undefined ? {} : { frame_rate: Math.round(rate * 1_000) / 1_000 }),
      ...(said.profile === undefined ? {} : { profile: said.profile }),
      ...(said.level === undefined ? {} : { level: said.level }),
      ...(chroma === undefined ? {} : { chroma }),
      ...(bitDepth === undefined ? {} : { bit_depth: bitDepth }),
      ...(declared === undefined ? {} : { scan: declared.interlaced ? "interlaced" : "progressive" }),
    };
  }

  #look(): void {
    // What is not full yet belongs to a PES packet that ended early.
    this.#picture = readJpegXsPicture(this.#front, 0, this.#held) ?? this.#picture;
    this.#held = FRONT_SIZE;
  }
}
