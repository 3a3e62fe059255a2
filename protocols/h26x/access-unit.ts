/** I: every slice is intra coded; P: some slice predicts from one picture; B: some from two. */
export type PictureType = "I" | "P" | "B";

/** A picture as it comes: a frame, or a field that is coded by itself. */
export type AccessUnit = {
  /** What was given by `stamp` before it began, -1 for nothing. */
  dts: number;
  /** `undefined` when no slice could be read, or its parameter sets are not known. */
  pictureType?: PictureType | undefined;
  /** Decoding may begin here. */
  randomAccess: boolean;
  /** Nothing after it refers to anything before: H.264 IDR, HEVC IDR or BLA, MPEG-2 closed GOP. */
  closed: boolean;
  /** The second field of a frame; its first is the access unit before, or with HEVC one of those around it. */
  secondField: boolean;
  /** Which field is shown first, where the stream says that the picture is two fields. */
  fieldOrder?: FieldOrder | undefined;
  /** Like "10:00:00:00"; a semicolon before the frames means drop frame. */
  timecode?: string | undefined;
  /** It brings CEA-608 or CEA-708 closed captions (ATSC A/53). */
  captions: Captions;
};

export type FieldOrder = "top" | "bottom";

export type Captions = { cea608: boolean; cea708: boolean };

const NO_CAPTIONS: Captions = { cea608: false, cea708: false };

/** Takes an access unit. */
export type GiveUnit = (unit: AccessUnit) => void;

/**
 * Gathers what the units of a stream tell into access units; gives each out when the next begins. `begin` hears of it at its first slice:
 * what is known then decides where decoding begins, what comes with further slices is still missing.
 */
export class AccessUnitGatherer {
  readonly #give: GiveUnit;
  readonly #begin: GiveUnit | undefined;
  #unit: AccessUnit | undefined;
  #hasPicture = false;
  #stamp = -1;

  constructor(give: GiveUnit, begin?: GiveUnit) {
    this.#give = give;
    this.#begin = begin;
  }

  /** The unit of the stream that now comes began after this stamp; -1 for none. */
  stamp(value: number): void {
    this.#stamp = value >= 0 ? value : this.#stamp;
  }

  /** Something that stands before a picture, or a picture's first slice: a picture that is there is complete. */
  boundary(): void {
    if (this.#hasPicture) {
      this.close();
    }
  }

  /** The access unit that is being gathered. */
  get current(): AccessUnit {
    if (this.#unit === undefined) {
      this.#unit = { dts: this.#stamp, randomAccess: false, closed: false, secondField: false, captions: NO_CAPTIONS };
      this.#stamp = -1;
    }
    return this.#unit;
  }

  /** A slice of that type belongs to the current access unit; `undefined`: it could not be read. */
  slice(type: PictureType | undefined): void {
    const unit = this.current;
    const isFirst = !this.#hasPicture;
    this.#hasPicture = true;
    unit.pictureType = unit.pictureType === "B" || type === undefined ? unit.pictureType : heavier(unit.pictureType, type);
    if (isFirst) {
      this.#begin?.(unit);
    }
  }

  /** Gives out what is there; nothing when no picture came. */
  close(): void {
    const unit = this.#unit;
    const had = this.#hasPicture;
    this.#unit = undefined;
    this.#hasPicture = false;
    if (unit !== undefined && had) {
      this.#give(unit);
    }
  }
}

const heavier = (known: PictureType | undefined, type: PictureType): PictureType =>
  known === undefined || type === "B" || known === "I" ? type : known;

/** A stream of one codec: bytes in pieces, access units out. */
export type VideoStream<Format> = {
  /** The DTS of the next access unit that begins, as of a PES packet that now comes. Any number from 0 on. */
  stamp(dts: number): void;
  /** Takes bytes [from, end) of the elementary stream. */
  push(bytes: Uint8Array, from: number, end: number): void;
  /** Bytes of the access unit that is under way are left out, up to a start code: what is half is forgotten, the access unit goes on. */
  skip(): void;
  /** The stream ends or breaks: gives out what is pending. Parameter sets stay known. */
  flush(): void;
  /** What began with a start code so far: NAL units, headers, slices. They cost, bytes between them hardly do. */
  readonly units: number;
  /** Of the parameter sets that the last picture used; `undefined` before any. */
  readonly format: Format | undefined;
};
