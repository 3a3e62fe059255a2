import { AccessUnitGatherer, type AccessUnit, type GiveUnit, type VideoStream } from "./access-unit.ts";
import { readPicTiming } from "./h264-sei.ts";
import { beginsPicture, isSecondField, readH264Pps, readH264Slice, type H264Slice } from "./h264-slice.ts";
import { h264Format, readH264Sps, type H264Sps } from "./h264-sps.ts";
import { readRbsp } from "./rbsp.ts";
import { captionsOfT35, eachSeiMessage, PIC_TIMING, RECOVERY_POINT, USER_DATA_T35 } from "./sei.ts";
import { StartCodes, type UnitSink } from "./start-codes.ts";
import type { VideoFormat } from "./video-format.ts";

/** nal_unit_type. H.264 table 7-1. */
const SLICE = 1;
const DATA_PARTITION_A = 2;
const IDR_SLICE = 5;
const SEI = 6;
const SPS = 7;
const PPS = 8;
const ACCESS_UNIT_DELIMITER = 9;

/** Bytes that are kept of a NAL unit. */
const HEAD_SIZE = 1024;

/** Access units of an H.264 byte stream (annex B), and what they are. */
export class H264Stream implements VideoStream<VideoFormat>, UnitSink {
  readonly #codes: StartCodes;
  readonly #gatherer: AccessUnitGatherer;
  readonly #spsById: (H264Sps | undefined)[] = Array.from({ length: 32 }, () => undefined);
  /** The seq_parameter_set_id of each picture parameter set. */
  readonly #spsIdByPps: (number | undefined)[] = Array.from({ length: 256 }, () => undefined);
  #active: H264Sps | undefined;
  #before: H264Slice | undefined;
  /** The slice before began a frame's first field, whose second is still to come. */
  #awaitsField = false;
  #hasParameterSet = false;
  #picTiming: Uint8Array | undefined;
  #malformed = 0;

  /** `begin` hears of each access unit at its first slice already. */
  constructor(give: GiveUnit, begin?: GiveUnit) {
    this.#codes = new StartCodes(this, HEAD_SIZE);
    const judged = (unit: AccessUnit): AccessUnit => ({ ...unit, randomAccess: unit.randomAccess || this.#opensIntra(unit) });
    this.#gatherer = new AccessUnitGatherer(
      (unit) => {
        give(judged(unit));
        this.#hasParameterSet = false;
      },
      begin === undefined ? undefined : (unit) => begin(judged(unit)),
    );
  }

  /** Many encoders open a GOP with parameter sets and an I picture, and without a recovery point SEI. */
  #opensIntra(unit: AccessUnit): boolean {
    return this.#hasParameterSet && unit.pictureType === "I";
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
    this.#before = undefined;
    this.#awaitsField = false;
  }

  get units(): number {
    return this.#codes.units;
  }

  get format(): VideoFormat | undefined {
    return this.#active === undefined ? undefined : h264Format(this.#active);
  }

  /** NAL units that could not be read. */
  get malformed(): number {
    return this.#malformed;
  }

  unit(head: Uint8Array, size: number, whole: boolean, stamp: number): void {
    const nal = head.subarray(0, size);
    const header = head[0] ?? 0;
    this.#gatherer.stamp(stamp);
    if ((header & 0x80) !== 0) {
      this.#malformed++;
      return;
    }
    switch (header & 0x1f) {
      case SLICE:
      case DATA_PARTITION_A:
      case IDR_SLICE:
        this.#slice(nal);
        break;
      case SEI:
        this.#gatherer.boundary();
        this.#messages(nal);
        break;
      case SPS:
        this.#gatherer.boundary();
        this.#sequenceParameters(nal, whole);
        break;
      case PPS:
        this.#gatherer.boundary();
        this.#pictureParameters(nal);
        break;
      case ACCESS_UNIT_DELIMITER:
        this.#gatherer.boundary();
        break;
      default:
    }
  }

  #sequenceParameters(nal: Uint8Array, whole: boolean): void {
    const sps = whole ? readH264Sps(nal) : undefined;
    if (sps === undefined) {
      this.#malformed++;
      return;
    }
    this.#spsById[sps.id] = sps;
    this.#hasParameterSet = true;
  }

  #pictureParameters(nal: Uint8Array): void {
    const pps = readH264Pps(nal);
    if (pps === undefined) {
      this.#malformed++;
      return;
    }
    this.#spsIdByPps[pps.id] = pps.spsId;
  }

  #spsOf(ppsId: number): H264Sps | undefined {
    return this.#spsById[this.#spsIdByPps[ppsId] ?? -1];
  }

  #slice(nal: Uint8Array): void {
    const slice = readH264Slice(nal, (ppsId) => this.#spsOf(ppsId));
    if (slice === undefined) {
      this.#malformed++;
      return;
    }
    const before = this.#before;
    if (before === undefined || beginsPicture(slice, before)) {
      this.#gatherer.boundary();
      this.#beginPicture(slice, before);
    }
    this.#before = slice;
    this.#gatherer.slice(slice.pictureType);
  }

  #beginPicture(slice: H264Slice, before: H264Slice | undefined): void {
    const unit = this.#gatherer.current;
    this.#active = this.#spsOf(slice.ppsId) ?? this.#active;
    unit.closed = slice.isIdr;
    unit.randomAccess ||= slice.isIdr;
    unit.secondField = this.#awaitsField && before !== undefined && isSecondField(slice, before);
    this.#awaitsField = slice.isField && !unit.secondField;
    if (slice.isField && !unit.secondField) {
      unit.fieldOrder = slice.isBottomField ? "bottom" : "top";
    }
    if (this.#picTiming !== undefined && this.#active?.vui !== undefined) {
      const timing = readPicTiming(this.#picTiming, this.#active.vui);
      unit.timecode = timing.timecode;
      unit.fieldOrder ??= timing.fieldOrder;
    }
    this.#picTiming = undefined;
  }

  #messages(nal: Uint8Array): void {
    eachSeiMessage(readRbsp(nal, 1, nal.length), (type, payload) => {
      const unit = this.#gatherer.current;
      if (type === RECOVERY_POINT) {
        unit.randomAccess = true;
      } else if (type === USER_DATA_T35) {
        unit.captions = captionsOfT35(payload) ?? unit.captions;
      } else if (type === PIC_TIMING) {
        // Its fields have the lengths that the parameter set says which only the slice names.
        this.#picTiming = payload;
      }
    });
  }
}
