import { BitReader } from "@bilbycast/foundation/bytes";
import { AccessUnitGatherer, type GiveUnit, type VideoStream } from "./access-unit.ts";
import { fieldOrderOf } from "./h264-sei.ts";
import { readHevcPps, readHevcSlice, type HevcParameters, type HevcPps } from "./hevc-slice.ts";
import { hevcFormat, readHevcSps, type HevcSps } from "./hevc-sps.ts";
import { readHevcVps, type HevcVps } from "./hevc-vps.ts";
import { readRbsp } from "./rbsp.ts";
import { captionsOfT35, eachSeiMessage, PIC_TIMING, readTimeCode, TIME_CODE, USER_DATA_T35 } from "./sei.ts";
import { StartCodes, type UnitSink } from "./start-codes.ts";
import type { VideoFormat } from "./video-format.ts";

/** nal_unit_type. H.265 table 7-1. */
const LAST_SLICE = 31;
const BLA_W_LP = 16;
const IDR_N_LP = 20;
const CRA = 21;
const VPS = 32;
const SPS = 33;
const PPS = 34;
const PREFIX_SEI = 39;
const SUFFIX_SEI = 40;

/** Types that begin an access unit when a picture came before: parameter sets, delimiter, prefix SEI, reserved and unspecified ones. §7.4.2.4.4. */
const isBoundary = (type: number): boolean =>
  (type >= VPS && type <= 35) || type === PREFIX_SEI || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);

/** Bytes that are kept of a NAL unit. */
const HEAD_SIZE = 1024;

/** Access units of an HEVC byte stream (annex B), and what they are. Layers above the base are passed over. */
export class HevcStream implements VideoStream<VideoFormat>, UnitSink {
  readonly #codes: StartCodes;
  readonly #gatherer: AccessUnitGatherer;
  readonly #vpsById: (HevcVps | undefined)[] = Array.from({ length: 16 }, () => undefined);
  readonly #spsById: (HevcSps | undefined)[] = Array.from({ length: 16 }, () => undefined);
  readonly #ppsById: (HevcPps | undefined)[] = Array.from({ length: 64 }, () => undefined);
  #active: HevcSps | undefined;
  #picTiming: Uint8Array | undefined;
  /** 1: frames begin with their top field, 2: with the bottom one; 0 before a field came. */
  #firstParity = 0;
  #malformed = 0;

  /** `begin` hears of each access unit at its first slice already. */
  constructor(give: GiveUnit, begin?: GiveUnit) {
    this.#codes = new StartCodes(this, HEAD_SIZE);
    this.#gatherer = new AccessUnitGatherer(give, begin);
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
    this.#firstParity = 0;
  }

  get units(): number {
    return this.#codes.units;
  }

  get format(): VideoFormat | undefined {
    return this.#active === undefined ? undefined : hevcFormat(this.#active, this.#vpsById[this.#active.vpsId]);
  }

  /** NAL units that could not be read. */
  get malformed(): number {
    return this.#malformed;
  }

  unit(head: Uint8Array, size: number, whole: boolean, stamp: number): void {
    const nal = head.subarray(0, size);
    const [first = 0, second = 0] = nal;
    const type = (first >> 1) & 0x3f;
    this.#gatherer.stamp(stamp);
    if (size < 2 || (first & 0x80) !== 0 || (second & 0x07) === 0) {
      this.#malformed++;
      return;
    }
    const layer = ((first & 1) << 5) | (second >> 3);
    if (layer !== 0) {
      return;
    }
    if (type <= LAST_SLICE) {
      this.#slice(nal, type);
      return;
    }
    if (isBoundary(type)) {
      this.#gatherer.boundary();
    }
    if (type === PREFIX_SEI || type === SUFFIX_SEI) {
      this.#messages(nal);
    } else if (type <= PPS && !this.#parameters(nal, type, whole)) {
      this.#malformed++;
    }
  }

  #parameters(nal: Uint8Array, type: number, whole: boolean): boolean {
    if (type === PPS) {
      const pps = readHevcPps(nal);
      return pps !== undefined && put(this.#ppsById, pps);
    }
    if (!whole) {
      return false;
    }
    if (type === SPS) {
      const sps = readHevcSps(nal);
      return sps !== undefined && put(this.#spsById, sps);
    }
    const vps = readHevcVps(nal);
    return vps !== undefined && put(this.#vpsById, vps);
  }

  #parametersOf(ppsId: number): HevcParameters | undefined {
    const pps = this.#ppsById[ppsId];
    const sps = this.#spsById[pps?.spsId ?? -1];
    return pps === undefined || sps === undefined ? undefined : { pps, sps };
  }

  #slice(nal: Uint8Array, type: number): void {
    // Types 10 to 15 and 22 to 31 are reserved, and dropped by decoders too.
    if ((type > 9 && type < BLA_W_LP) || type > CRA) {
      return;
    }
    const slice = readHevcSlice(nal, type, (ppsId) => this.#parametersOf(ppsId));
    if (slice === undefined) {
      this.#malformed++;
      return;
    }
    if (slice.first) {
      this.#gatherer.boundary();
      this.#beginPicture(type, slice.ppsId);
    }
    this.#gatherer.slice(slice.pictureType);
  }

  #beginPicture(type: number, ppsId: number): void {
    const unit = this.#gatherer.current;
    this.#active = this.#parametersOf(ppsId)?.sps ?? this.#active;
    unit.randomAccess = type >= BLA_W_LP && type <= CRA;
    unit.closed = type >= BLA_W_LP && type <= IDR_N_LP;
    const isTimed = this.#picTiming !== undefined && this.#active?.vui?.frameFieldInfo === true;
    const picStruct = isTimed ? new BitReader(this.#picTiming ?? NOTHING).read(4) : 0;
    this.#picTiming = undefined;
    if (!isField(picStruct)) {
      unit.fieldOrder = fieldOrderOf(picStruct);
      return;
    }
    // The fields of a frame follow each other in showing, not in decoding. A random access point is shown first.
    this.#firstParity = this.#firstParity === 0 || unit.randomAccess ? parity(picStruct) : this.#firstParity;
    unit.secondField = picStruct <= 2 ? picStruct !== this.#firstParity : picStruct <= 10;
    unit.fieldOrder = unit.secondField ? undefined : fieldOrderOf(parity(picStruct));
  }

  #messages(nal: Uint8Array): void {
    eachSeiMessage(readRbsp(nal, 2, nal.length), (type, payload) => {
      const unit = this.#gatherer.current;
      if (type === USER_DATA_T35) {
        unit.captions = captionsOfT35(payload) ?? unit.captions;
      } else if (type === TIME_CODE) {
        unit.timecode = readTimeCode(payload);
      } else if (type === PIC_TIMING) {
        this.#picTiming = payload;
      }
    });
  }
}

const NOTHING = new Uint8Array(1);

const put = <Set extends { id: number }>(sets: (Set | undefined)[], set: Set): boolean => {
  sets[set.id] = set;
  return true;
};

/** pic_struct of a picture that is a field: alone (1, 2), with the one before (9, 10) or after (11, 12). H.265 table D.2. */
const isField = (picStruct: number): boolean => picStruct === 1 || picStruct === 2 || (picStruct >= 9 && picStruct <= 12);

/** 1: top, 2: bottom. */
const parity = (picStruct: number): number => (picStruct % 2 === 1 ? 1 : 2);
