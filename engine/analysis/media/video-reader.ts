import {
  GopMeter,
  H264Stream,
  HevcStream,
  Mpeg2VideoStream,
  type AccessUnit,
  type VideoFormat,
  type VideoStream,
} from "@bilbycast/protocols/h26x";
import type { VideoFacts } from "./form.ts";
import type { PesSink } from "./stream-reader.ts";

/** PES packets whose stamps are kept: more than pictures are under way between `begin` and `give`. */
const STAMPS = 64;
/** Pictures in a row that came as one PES packet each, all told by its front, before only fronts are read. */
const TRUSTED_AFTER = 64;
/** Ticks after which the whole stream is read again for as many pictures. */
const RECHECK_TICKS = 30;
/** What is read between two ticks at most: a stream may be built to be costly. Real ones have a tenth of these units. */
const MOST_BYTES = 24_000_000;
const MOST_UNITS = 20_000;
/** Ticks after which captions that came no more are gone. */
const CAPTION_TICKS = 5;

const STREAMS = { h264: H264Stream, hevc: HevcStream, "mpeg-video": Mpeg2VideoStream };

const CODECS: Readonly<Record<VideoFormat["codec"], string>> = {
  h264: "H.264/AVC",
  hevc: "H.265/HEVC",
  mpeg2video: "MPEG-2 Video",
  mpeg1video: "MPEG-1 Video",
};

/**
 * Follows the pictures of an H.264, HEVC or MPEG video stream. All of it is scanned until many PES packets in a row have held
 * one picture each whose first slice said what all of them said; from then on each PES packet is read up to its first slice, and the rest,
 * which is nearly all of a stream, is passed over. Now and then that is checked anew.
 */
export class VideoReader implements PesSink<VideoFacts> {
  readonly #stream: VideoStream<VideoFormat>;
  readonly #meter = new GopMeter();
  /** DTS of the last PES packets by their number, which is what the stream gets as a stamp. */
  readonly #dts = new Float64Array(STAMPS);
  #number = 0;
  #lastNumber = -1;
  #trusted = 0;
  #frontOnly = false;
  #ticks = 0;
  /** The payload of the current PES packet has not begun. */
  #isNew = false;
  /** What is left of the current PES packet is of no interest. */
  #skips = false;
  #bytes = 0;
  #unitsAtTick = 0;
  #beganAs: AccessUnit["pictureType"];
  #fieldOrder: AccessUnit["fieldOrder"];
  #timecode: string | undefined;
  #captions = { cea608: false, cea708: false };
  #captionTicks = 0;

  constructor(format: keyof typeof STREAMS) {
    this.#stream = new STREAMS[format](
      (unit) => this.#give(unit),
      (unit) => this.#began(unit),
    );
  }

  begin(_pts: number, dts: number): void {
    this.#number++;
    this.#dts[this.#number % STAMPS] = dts;
    this.#stream.stamp(this.#number);
    this.#isNew = true;
    this.#skips = this.#isSpent;
  }

  payload(bytes: Uint8Array, from: number, end: number): void {
    if (this.#skips) {
      return;
    }
    if (this.#isNew) {
      this.#isNew = false;
      if (!beginsWithStartCode(bytes, from, end)) {
        this.#distrust();
      }
    }
    this.#stream.push(bytes, from, end);
    this.#bytes += end - from;
    if (this.#skips) {
      // A unit of which a few bytes came would be read as another one.
      this.#stream.skip();
    }
    if (this.#isSpent) {
      this.break();
    }
  }

  get #isSpent(): boolean {
    return this.#bytes > MOST_BYTES || this.#stream.units - this.#unitsAtTick > MOST_UNITS;
  }

  break(): void {
    this.#stream.skip();
    this.#stream.flush();
    this.#meter.break();
    this.#lastNumber = -1;
    this.#skips = true;
  }

  tick(): void {
    this.#bytes = 0;
    this.#unitsAtTick = this.#stream.units;
    this.#captionTicks++;
    this.#ticks++;
    if (this.#frontOnly && this.#ticks >= RECHECK_TICKS) {
      this.#distrust();
    }
  }

  get facts(): VideoFacts {
    const format = this.#stream.format;
    const { framesPerSecond } = this.#meter.facts;
    const rate = frameRateOf(format, framesPerSecond);
    return {
      ...(format === undefined ? {} : formatFacts(format)),
      ...(rate === undefined ? {} : { frame_rate: Math.round(rate * 1_000) / 1_000 }),
      ...this.#gopFacts(),
      ...(format?.scan === "interlaced" && this.#fieldOrder !== undefined ? { field_order: this.#fieldOrder } : {}),
      ...(this.#captionTicks > CAPTION_TICKS || !(this.#captions.cea608 || this.#captions.cea708)
        ? {}
        : { captions: { ...this.#captions } }),
      ...(this.#timecode === undefined ? {} : { timecode: this.#timecode }),
    };
  }

  #gopFacts(): Pick<VideoFacts, "gop"> {
    const { length, shortest, longest, structure, closed } = this.#meter.facts;
    return length === undefined || shortest === undefined || longest === undefined || structure === undefined || closed === undefined
      ? {}
      : { gop: { length, shortest, longest, structure, closed } };
  }

  #began(unit: AccessUnit): void {
    this.#beganAs = unit.pictureType;
    this.#skips = this.#frontOnly && unit.dts === this.#number;
  }

  #give(unit: AccessUnit): void {
    const number = unit.dts;
    const dts = number < 0 ? -1 : (this.#dts[number % STAMPS] ?? -1);
    this.#meter.add({ ...unit, dts });
    this.#fieldOrder = unit.fieldOrder ?? this.#fieldOrder;
    this.#timecode = unit.timecode ?? this.#timecode;
    if (unit.captions.cea608 || unit.captions.cea708) {
      this.#captions = unit.captions;
      this.#captionTicks = 0;
    }
    this.#judge(number, unit);
  }

  #judge(number: number, unit: AccessUnit): void {
    const follows = number >= 0 && (this.#lastNumber < 0 || number === this.#lastNumber + 1);
    this.#lastNumber = number;
    if (!follows || unit.pictureType === undefined || unit.pictureType !== this.#beganAs) {
      this.#distrust();
    } else if (!this.#frontOnly && ++this.#trusted >= TRUSTED_AFTER) {
      this.#frontOnly = true;
      this.#ticks = 0;
    }
  }

  #distrust(): void {
    this.#trusted = 0;
    this.#frontOnly = false;
  }
}

/** A field of HEVC is half a frame, and its other half may come much later: over so many steps that makes this difference. */
const FIELD_TOLERANCE = 0.01;

/** By the time stamps where there are any, else as declared. */
const frameRateOf = (format: VideoFormat | undefined, measured: number | undefined): number | undefined => {
  const declared = format?.frameRate === undefined ? undefined : format.frameRate.numerator / format.frameRate.denominator;
  const isOfFields = format?.codec === "hevc" && format.scan === "interlaced";
  if (isOfFields && declared !== undefined && measured !== undefined && Math.abs(measured / declared - 1) < FIELD_TOLERANCE) {
    return declared;
  }
  return measured ?? declared;
};

const beginsWithStartCode = (bytes: Uint8Array, from: number, end: number): boolean => {
  const third = bytes[from + 2];
  const isCode = third === 1 || (third === 0 && bytes[from + 3] === 1);
  return from + 4 <= end && bytes[from] === 0 && bytes[from + 1] === 0 && isCode;
};

const formatFacts = (format: VideoFormat): VideoFacts => {
  const { profile, level, tier, sampleAspectRatio: sample, colour } = format;
  const { primaries, transfer, matrix, fullRange } = colour;
  const shown = {
    ...(primaries === undefined ? {} : { primaries }),
    ...(transfer === undefined ? {} : { transfer }),
    ...(matrix === undefined ? {} : { matrix }),
    ...(fullRange === undefined ? {} : { full_range: fullRange }),
  };
  return {
    codec: CODECS[format.codec],
    resolution: `${format.width}x${format.height}`,
    ...(profile === undefined ? {} : { profile }),
    ...(level === undefined ? {} : { level }),
    ...(tier === undefined ? {} : { tier }),
    chroma: format.chroma,
    bit_depth: format.bitDepth,
    scan: format.scan,
    ...(sample === undefined ? {} : { sample_aspect_ratio: `${sample.numerator}:${sample.denominator}` }),
    ...(Object.keys(shown).length === 0 ? {} : { colour: shown }),
  };
};
