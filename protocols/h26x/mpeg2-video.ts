import { BitReader } from "@bilbycast/foundation/bytes";
import { AccessUnitGatherer, type AccessUnit, type GiveUnit, type PictureType, type VideoStream } from "./access-unit.ts";
import { extendSequence, mpegVideoFormat, readSequenceHeader, type MpegSequence } from "./mpeg2-sequence.ts";
import { captionsOfAtsc, timecode } from "./sei.ts";
import { StartCodes, type UnitSink } from "./start-codes.ts";
import type { VideoFormat } from "./video-format.ts";

/** Start code values. ISO/IEC 13818-2 table 6-1. */
const PICTURE = 0x00;
const LAST_SLICE = 0xaf;
const USER_DATA = 0xb2;
const SEQUENCE_HEADER = 0xb3;
const EXTENSION = 0xb5;
const GROUP = 0xb8;

/** extension_start_code_identifier. Table 6-2. */
const SEQUENCE_EXTENSION = 1;
const SEQUENCE_DISPLAY_EXTENSION = 2;
const PICTURE_CODING_EXTENSION = 8;

/** picture_coding_type 1 to 4; D pictures (MPEG-1) have intra coding only. Table 6-12. */
const TYPES: readonly (PictureType | undefined)[] = [undefined, "I", "P", "B", "I"];

/** picture_structure. Table 6-14. */
const TOP_FIELD = 1;
const BOTTOM_FIELD = 2;
const FRAME = 3;

/** Bytes that are kept of a unit: a sequence header with both matrices has 136. */
const HEAD_SIZE = 256;

/** Pictures of an MPEG-1 or MPEG-2 video stream (ISO/IEC 11172-2, 13818-2), and what they are. */
export class Mpeg2VideoStream implements VideoStream<VideoFormat>, UnitSink {
  readonly #codes: StartCodes;
  readonly #gatherer: AccessUnitGatherer;
  /** The sequence header that came last, and its extensions; it holds from the next picture on. */
  #announced: MpegSequence | undefined;
  #sequence: MpegSequence | undefined;
  #hasSequenceHeader = false;
  #firstField = 0;
  #pictureType: PictureType | undefined;
  #malformed = 0;

  /** `begin` hears of each picture at its first slice already. */
  constructor(give: GiveUnit, begin?: GiveUnit) {
    this.#codes = new StartCodes(this, HEAD_SIZE);
    const judged = (unit: AccessUnit): AccessUnit => ({ ...unit, randomAccess: this.#hasSequenceHeader && unit.pictureType === "I" });
    this.#gatherer = new AccessUnitGatherer(
      (unit) => {
        give(judged(unit));
        this.#hasSequenceHeader = false;
      },
      begin === undefined ? undefined : (unit) => begin(judged(unit)),
    );
  }

  stamp(dts: number): void {
    this.#codes.stamp(dts);
  }

  push(bytes: Uint8Array, from: number, end: number): void {
    this.#codes.push(bytes, from, end);
  }

  skip(): void {
    this.#codes.skip();
  }

  flush(): void {
    this.#codes.flush();
    this.#gatherer.close();
    this.#firstField = 0;
  }

  get units(): number {
    return this.#codes.units;
  }

  get format(): VideoFormat | undefined {
    return this.#sequence === undefined ? undefined : mpegVideoFormat(this.#sequence);
  }

  /** Headers that could not be read. */
  get malformed(): number {
    return this.#malformed;
  }

  unit(head: Uint8Array, size: number, _whole: boolean, stamp: number): void {
    const code = head[0] ?? 0;
    this.#gatherer.stamp(stamp);
    if (code === PICTURE) {
      this.#picture(head, size);
    } else if (code <= LAST_SLICE) {
      this.#gatherer.slice(this.#pictureType);
    } else if (code === SEQUENCE_HEADER) {
      this.#gatherer.boundary();
      this.#header(head, size);
    } else if (code === GROUP) {
      this.#gatherer.boundary();
      this.#group(head, size);
    } else if (code === EXTENSION) {
      this.#extension(head, size);
    } else if (code === USER_DATA) {
      const unit = this.#gatherer.current;
      unit.captions = captionsOfAtsc(head.subarray(1, size)) ?? unit.captions;
    }
  }

  #header(head: Uint8Array, size: number): void {
    const sequence = readSequenceHeader(head.subarray(0, size));
    if (sequence === undefined) {
      this.#malformed++;
      return;
    }
    this.#announced = sequence;
    this.#hasSequenceHeader = true;
  }

  /** group_of_pictures_header. §6.2.2.6. */
  #group(head: Uint8Array, size: number): void {
    const reader = new BitReader(head, 1, size);
    const dropFrame = reader.flag();
    const hours = reader.read(5);
    const minutes = reader.read(6);
    reader.skip(1);
    const seconds = reader.read(6);
    const frames = reader.read(6);
    const closed = reader.flag();
    if (reader.overrun) {
      this.#malformed++;
      return;
    }
    const unit = this.#gatherer.current;
    unit.timecode = timecode(hours, minutes, seconds, frames, dropFrame);
    unit.closed = closed;
  }

  /** picture_header. §6.2.3. */
  #picture(head: Uint8Array, size: number): void {
    this.#gatherer.boundary();
    const reader = new BitReader(head, 1, size);
    reader.skip(10);
    this.#pictureType = TYPES[reader.read(3)];
    if (this.#pictureType === undefined) {
      this.#malformed++;
    }
    this.#sequence = this.#announced ?? this.#sequence;
  }

  #extension(head: Uint8Array, size: number): void {
    const reader = new BitReader(head, 1, size);
    const identifier = reader.read(4);
    if (identifier === PICTURE_CODING_EXTENSION) {
      this.#coding(reader);
    } else if (this.#announced !== undefined && (identifier === SEQUENCE_EXTENSION || identifier === SEQUENCE_DISPLAY_EXTENSION)) {
      this.#announced = extendSequence(this.#announced, identifier === SEQUENCE_EXTENSION, reader);
    }
  }

  /** picture_coding_extension. §6.2.3.1. */
  #coding(reader: BitReader): void {
    reader.skip(18);
    const structure = reader.read(2);
    const topFieldFirst = reader.flag();
    reader.skip(7);
    const progressive = reader.flag();
    if (reader.overrun) {
      this.#malformed++;
      return;
    }
    const unit = this.#gatherer.current;
    if (structure === FRAME) {
      unit.fieldOrder = progressive ? undefined : topFieldFirst ? "top" : "bottom";
      this.#firstField = 0;
      return;
    }
    unit.secondField = this.#firstField + structure === TOP_FIELD + BOTTOM_FIELD && structure !== 0 && this.#firstField !== 0;
    this.#firstField = unit.secondField ? 0 : structure;
    unit.fieldOrder = unit.secondField ? undefined : structure === TOP_FIELD ? "top" : "bottom";
  }
}
