import { isSecondField, readH264Pps, readH264Slice, readH264Sps, type H264Slice, type H264Sps } from "@bilbycast/protocols/h26x";
import type { CutCodec } from "./unit-cutter.ts";

/** What one access unit is, as far as making a picture of it goes. */
export type UnitFacts = {
  /** It can be decoded without any other, once its parameter sets are there. */
  isIntra: boolean;
  field: "none" | "first" | "second";
};

/** Bytes of a parameter set that is kept; real ones have a few hundred. */
const LONGEST_SET = 4_096;
/** Parameter sets that are kept. */
const MOST_SETS = 64;

/** Reads access units of one stream, and keeps its parameter sets for those that come without. */
export class UnitReader {
  readonly #codec: CutCodec;
  /** Start code and parameter set, by type and id, in the order in which a decoder needs them. */
  readonly #sets = new Map<number, Uint8Array>();
  readonly #spsById = new Map<number, H264Sps>();
  readonly #spsIdByPps = new Map<number, number>();
  #before: H264Slice | undefined;
  #fieldBefore = 0;

  constructor(codec: CutCodec) {
    this.#codec = codec;
  }

  read(bytes: Uint8Array, size: number, starts: readonly number[]): UnitFacts {
    switch (this.#codec) {
      case "h264":
        return this.#h264(bytes, size, starts);
      case "hevc":
        return this.#hevc(bytes, size, starts);
      case "mpeg2":
        return this.#mpeg2(bytes, size, starts);
    }
  }

  /** The unit with the parameter sets that it lacks in front; `undefined` when there are none that a decoder could begin with. A copy. */
  complete(bytes: Uint8Array, size: number, starts: readonly number[]): Uint8Array | undefined {
    const own = new Set(starts.map((at) => this.#kindOf(bytes, at)));
    const needed = NEEDED[this.#codec].filter((kind) => !own.has(kind));
    const missing = [...this.#sets].filter(([key]) => needed.includes(key >> 8)).toSorted(([left], [right]) => left - right);
    if (needed.some((kind) => !missing.some(([key]) => key >> 8 === kind))) {
      return undefined;
    }
    const whole = new Uint8Array(missing.reduce((sum, [, set]) => sum + set.length, size));
    let at = 0;
    for (const [, set] of missing) {
      whole.set(set, at);
      at += set.length;
    }
    whole.set(bytes.subarray(0, size), at);
    return whole;
  }

  #kindOf(bytes: Uint8Array, at: number): number {
    const first = bytes[at] ?? 0;
    return this.#codec === "h264" ? first & 0x1f : this.#codec === "hevc" ? (first >> 1) & 0x3f : first;
  }

  #h264(bytes: Uint8Array, size: number, starts: readonly number[]): UnitFacts {
    let isIntra = true;
    let first: H264Slice | undefined;
    for (const [i, at] of starts.entries()) {
      const type = (bytes[at] ?? 0) & 0x1f;
      const nal = bytes.subarray(at, endOf(bytes, size, starts, i));
      if (type === SPS) {
        const sps = readH264Sps(nal);
        if (sps !== undefined) {
          this.#spsById.set(sps.id, sps);
          this.#keep(SPS, sps.id, nal);
        }
      } else if (type === PPS) {
        const pps = readH264Pps(nal);
        if (pps !== undefined) {
          this.#spsIdByPps.set(pps.id, pps.spsId);
          this.#keep(PPS, pps.id, nal);
        }
      } else if (type === 1 || type === 2 || type === 5) {
        const slice = readH264Slice(nal, (id) => this.#spsById.get(this.#spsIdByPps.get(id) ?? -1));
        first ??= slice;
        isIntra &&= slice?.pictureType === "I";
      }
    }
    const before = this.#before;
    const isSecond = first !== undefined && before !== undefined && isSecondField(first, before);
    this.#before = isSecond ? undefined : first;
    return { isIntra: isIntra && first !== undefined, field: isSecond ? "second" : first?.isField === true ? "first" : "none" };
  }

  /** Fields of HEVC are pictures of their own. */
  #hevc(bytes: Uint8Array, size: number, starts: readonly number[]): UnitFacts {
    let isIntra = true;
    let hasPicture = false;
    for (const [i, at] of starts.entries()) {
      const type = ((bytes[at] ?? 0) >> 1) & 0x3f;
      if (type < 32) {
        hasPicture = true;
        // BLA, IDR and CRA. H.265 table 7-1.
        isIntra &&= type >= 16 && type <= 21;
      } else if (type <= 34) {
        // Ids stand behind what would have to be read; few streams have more than one of each.
        this.#keep(type, 0, bytes.subarray(at, endOf(bytes, size, starts, i)));
      }
    }
    return { isIntra: isIntra && hasPicture, field: "none" };
  }

  #mpeg2(bytes: Uint8Array, size: number, starts: readonly number[]): UnitFacts {
    let isIntra = false;
    let structure = 3;
    for (const [i, at] of starts.entries()) {
      const code = bytes[at] ?? 0;
      if (code === SEQUENCE) {
        // The sequence extension makes it MPEG-2.
        const next = bytes[starts[i + 1] ?? size] === EXTENSION ? i + 1 : i;
        // Headers may end with zeros: what stands in front of the next start code is kept with them.
        this.#keep(SEQUENCE, 0, bytes.subarray(at, (starts[next + 1] ?? size + 3) - 3));
      } else if (code === PICTURE) {
        isIntra = (((bytes[at + 2] ?? 0) >> 3) & 7) === 1;
      } else if (code === EXTENSION && (bytes[at + 1] ?? 0) >> 4 === PICTURE_CODING) {
        structure = (bytes[at + 3] ?? 0) & 3;
      }
    }
    const isField = structure === 1 || structure === 2;
    const isSecond = isField && this.#fieldBefore + structure === 3;
    this.#fieldBefore = isField && !isSecond ? structure : 0;
    return { isIntra, field: isSecond ? "second" : isField ? "first" : "none" };
  }

  #keep(kind: number, id: number, set: Uint8Array): void {
    const key = kind * 256 + id;
    if (set.length > LONGEST_SET || (this.#sets.size >= MOST_SETS && !this.#sets.has(key))) {
      return;
    }
    const kept = new Uint8Array(set.length + 4);
    kept[3] = 1;
    kept.set(set, 4);
    this.#sets.set(key, kept);
  }
}

/** H.264 table 7-1. */
const SPS = 7;
const PPS = 8;
/** ISO/IEC 13818-2 tables 6-1 and 6-2. */
const PICTURE = 0x00;
const SEQUENCE = 0xb3;
const EXTENSION = 0xb5;
const PICTURE_CODING = 8;

/** Without these no decoder begins; of HEVC the video parameter set too. */
const NEEDED: Readonly<Record<CutCodec, readonly number[]>> = { h264: [SPS, PPS], hevc: [32, 33, 34], mpeg2: [SEQUENCE] };

/** The end of NAL unit `i`, without the zeros in front of the next start code: none ends with a zero. */
const endOf = (bytes: Uint8Array, size: number, starts: readonly number[], i: number): number => {
  const next = starts[i + 1];
  let end = next === undefined ? size : next - 3;
  while (end > (starts[i] ?? 0) && bytes[end - 1] === 0) {
    end--;
  }
  return end;
};
