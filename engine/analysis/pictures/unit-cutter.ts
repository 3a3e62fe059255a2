import type { Instant } from "@bilbycast/foundation/time";

export type CutCodec = "h264" | "hevc" | "mpeg2";

/** Takes an access unit: bytes [0, size) of `bytes`, borrowed for the call, and where each of its NAL units or headers begins. */
export type TakeUnit = (bytes: Uint8Array, size: number, starts: readonly number[], arrival: Instant) => void;

/** Parts of an access unit whose places are remembered; what comes behind them is not looked at. */
const MOST_STARTS = 2_048;
const SMALLEST_BUFFER = 65_536;
/** Bytes behind a prefix 00 00 01 that say what begins there. */
const LOOK = 3;

/**
 * Cuts a byte stream of H.264, HEVC (annex B) or MPEG-2 video into access units. One is given out when the next begins: with a delimiter,
 * parameter sets or SEI behind a picture, or with another picture's first slice. H.264 §7.4.1.2.3, H.265 §7.4.2.4.4, 13818-2 §6.2.
 */
export class UnitCutter {
  /** Access units longer than there is room for. */
  tooLong = 0;
  readonly #codec: CutCodec;
  readonly #longest: number;
  readonly #take: TakeUnit;
  readonly #starts: number[] = [];
  #bytes = new Uint8Array(SMALLEST_BUFFER);
  #fill = 0;
  /** Up to here every prefix is known. */
  #looked = 0;
  #hasPicture = false;
  /** An access unit has begun: what lies before that is half of another one. */
  #hasBegun = false;
  #arrival: Instant = 0 as Instant;

  /** `longest`: bytes of an access unit; the buffer grows to that and no further. */
  constructor(codec: CutCodec, longest: number, take: TakeUnit) {
    this.#codec = codec;
    this.#longest = longest;
    this.#take = take;
  }

  /** Takes bytes [from, end) of the stream, which came at `now`. */
  push(bytes: Uint8Array, from: number, end: number, now: Instant): void {
    if (this.#fill + end - from > this.#longest) {
      this.tooLong++;
      this.reset();
    }
    if (this.#fill === 0) {
      this.#arrival = now;
    }
    this.#hold(this.#fill + end - from);
    for (let i = from; i < end; i++) {
      this.#bytes[this.#fill++] = bytes[i] ?? 0;
    }
    this.#look(now);
  }

  /** Bytes are missing here: what is half is forgotten. */
  reset(): void {
    this.#fill = 0;
    this.#looked = 0;
    this.#hasPicture = false;
    this.#hasBegun = false;
    this.#starts.length = 0;
  }

  #look(now: Instant): void {
    let at = this.#looked;
    while (at + 2 + LOOK < this.#fill) {
      // A prefix ends with 1: with something greater there, none begins at this place or the two behind it.
      const third = this.#bytes[at + 2] ?? 0;
      if (third > 1) {
        at += 3;
      } else if (third === 1 && this.#bytes[at] === 0 && this.#bytes[at + 1] === 0) {
        at = this.#prefix(at, now) + 3;
      } else {
        at++;
      }
    }
    this.#looked = at;
    if (!this.#hasBegun) {
      this.#drop(Math.max(0, at - 1));
    }
  }

  /** The first bytes are of no use. */
  #drop(size: number): void {
    this.#bytes.copyWithin(0, size, this.#fill);
    this.#fill -= size;
    this.#looked -= size;
  }

  /** Something begins at `at`. Returns where that place is afterwards. */
  #prefix(at: number, now: Instant): number {
    const role = ROLES[this.#codec](this.#bytes, at + 3);
    const begins = role === FRONT || role === PICTURE;
    let place = at;
    if (begins && (this.#hasPicture || !this.#hasBegun)) {
      // The start code of a NAL unit may have one more zero in front. A slice of MPEG-2 may itself end with one.
      const end = this.#codec !== "mpeg2" && at > 0 && this.#bytes[at - 1] === 0 ? at - 1 : at;
      if (this.#hasBegun) {
        this.#take(this.#bytes, end, this.#starts, this.#arrival);
      }
      this.#drop(end);
      place = at - end;
      this.#arrival = now;
      this.#hasBegun = true;
      this.#hasPicture = false;
      this.#starts.length = 0;
    }
    if (!this.#hasBegun) {
      return place;
    }
    this.#hasPicture ||= role === PICTURE || role === SLICE;
    if (this.#starts.length < MOST_STARTS) {
      this.#starts.push(place + 3);
    }
    return place;
  }

  #hold(size: number): void {
    if (this.#bytes.length < size) {
      const larger = new Uint8Array(Math.min(this.#longest, 2 ** Math.ceil(Math.log2(size))));
      larger.set(this.#bytes.subarray(0, this.#fill));
      this.#bytes = larger;
    }
  }
}

/** What a part means for access units: FRONT stands before a picture, PICTURE begins one, SLICE is more of it. */
const OTHER = 0;
const FRONT = 1;
const PICTURE = 2;
const SLICE = 3;

/** nal_unit_type. H.264 table 7-1: SEI, parameter sets, delimiter, prefix, subset parameter sets and reserved ones before a picture. */
const h264Role = (bytes: Uint8Array, at: number): number => {
  const type = (bytes[at] ?? 0) & 0x1f;
  if (type === 1 || type === 2 || type === 5) {
    // first_mb_in_slice is 0.
    return ((bytes[at + 1] ?? 0) & 0x80) === 0 ? SLICE : PICTURE;
  }
  return (type >= 6 && type <= 9) || (type >= 14 && type <= 18) ? FRONT : OTHER;
};

/** H.265 table 7-1. Layers above the base belong to the picture that is there. */
const hevcRole = (bytes: Uint8Array, at: number): number => {
  const first = bytes[at] ?? 0;
  const type = (first >> 1) & 0x3f;
  const isBase = (first & 1) === 0 && ((bytes[at + 1] ?? 0) & 0xf8) === 0;
  if (!isBase) {
    return OTHER;
  }
  if (type < 32) {
    // first_slice_segment_in_pic_flag
    return ((bytes[at + 2] ?? 0) & 0x80) === 0 ? SLICE : PICTURE;
  }
  return (type >= 32 && type <= 35) || type === 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55) ? FRONT : OTHER;
};

/** ISO/IEC 13818-2 table 6-1: picture, sequence and group headers stand before slices. */
const mpeg2Role = (bytes: Uint8Array, at: number): number => {
  const code = bytes[at] ?? 0;
  if (code === 0x00 || code === 0xb3 || code === 0xb8) {
    return FRONT;
  }
  return code <= 0xaf ? SLICE : OTHER;
};

const ROLES: Readonly<Record<CutCodec, (bytes: Uint8Array, at: number) => number>> = {
  h264: h264Role,
  hevc: hevcRole,
  mpeg2: mpeg2Role,
};
