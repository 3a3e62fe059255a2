import { BitReader } from "@bilbycast/foundation/bytes";
import { avcConfiguration, hevcConfiguration } from "./decoder-configuration.ts";
import { ue } from "./exp-golomb.ts";
import { readH264Pps } from "./h264-slice.ts";
import { h264Format, readH264Sps } from "./h264-sps.ts";
import { hevcFormat, readHevcSps } from "./hevc-sps.ts";
import { readHevcVps } from "./hevc-vps.ts";
import { readRbsp } from "./rbsp.ts";
import type { VideoFormat } from "./video-format.ts";

/** Longer ones are none that an encoder makes: with scaling lists and all a set has some hundred bytes. */
const LONGEST = 4_096;

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean => a?.length === b.length && a.every((byte, i) => byte === b[i]);

/** Parameter sets of one kind by their ids, as the stream last brought them. */
class Sets {
  readonly #byId = new Map<number, Uint8Array>();

  /** Keeps a copy; true when it says something new. */
  take(id: number | undefined, nal: Uint8Array): boolean {
    if (id === undefined || nal.length > LONGEST || isSame(this.#byId.get(id), nal)) {
      return false;
    }
    this.#byId.set(id, nal.slice());
    return true;
  }

  clear(): void {
    this.#byId.clear();
  }

  /** In the order of their ids. */
  all(): Uint8Array[] {
    return [...this.#byId].toSorted(([a], [b]) => a - b).map(([, nal]) => nal);
  }
}

/** What a decoder must know before the first picture of a stream. */
export type ParameterSets = {
  /** Takes a NAL unit; true when it was a parameter set, new or not. */
  take(nal: Uint8Array): boolean;
  /** AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord of the sets that came; `undefined` before they are complete. */
  record(): Uint8Array | undefined;
  /** Of the first sequence parameter set; `undefined` before there is one that can be read. */
  format(): VideoFormat | undefined;
  /** Counts up with each set that says something new. */
  readonly revision: number;
  /** Another stream begins. */
  clear(): void;
};

/** nal_unit_type of H.264: sequence and picture parameter sets, and the extension for auxiliary pictures, which is left out. */
const H264_SPS = 7;
const H264_PPS = 8;
const H264_SPS_EXTENSION = 13;

/** A sequence parameter set that changes begins a new coded video sequence: sets of the one before are of no use to it. */
export class H264ParameterSets implements ParameterSets {
  revision = 0;
  readonly #sps = new Sets();
  readonly #pps = new Sets();

  take(nal: Uint8Array): boolean {
    const type = (nal[0] ?? 0) & 0x1f;
    if (type === H264_SPS) {
      this.revision += this.#sps.take(readH264Sps(nal)?.id, nal) ? 1 : 0;
    } else if (type === H264_PPS) {
      this.revision += this.#pps.take(readH264Pps(nal)?.id, nal) ? 1 : 0;
    }
    return type === H264_SPS || type === H264_PPS || type === H264_SPS_EXTENSION;
  }

  record(): Uint8Array | undefined {
    return avcConfiguration(this.#sps.all(), this.#pps.all());
  }

  format(): VideoFormat | undefined {
    const [first] = this.#sps.all();
    const sps = first === undefined ? undefined : readH264Sps(first);
    return sps === undefined ? undefined : h264Format(sps);
  }

  clear(): void {
    this.#sps.clear();
    this.#pps.clear();
    this.revision++;
  }
}

/** nal_unit_type of HEVC. */
const HEVC_VPS = 32;
const HEVC_SPS = 33;
const HEVC_PPS = 34;

export class HevcParameterSets implements ParameterSets {
  revision = 0;
  readonly #vps = new Sets();
  readonly #sps = new Sets();
  readonly #pps = new Sets();

  take(nal: Uint8Array): boolean {
    const type = ((nal[0] ?? 0) >> 1) & 0x3f;
    if (type === HEVC_VPS) {
      this.revision += this.#vps.take(readHevcVps(nal)?.id, nal) ? 1 : 0;
    } else if (type === HEVC_SPS) {
      this.revision += this.#sps.take(readHevcSps(nal)?.id, nal) ? 1 : 0;
    } else if (type === HEVC_PPS) {
      this.revision += this.#pps.take(hevcPpsId(nal), nal) ? 1 : 0;
    }
    return type === HEVC_VPS || type === HEVC_SPS || type === HEVC_PPS;
  }

  record(): Uint8Array | undefined {
    return hevcConfiguration(this.#vps.all(), this.#sps.all(), this.#pps.all());
  }

  format(): VideoFormat | undefined {
    const [first] = this.#sps.all();
    const [vps] = this.#vps.all();
    const sps = first === undefined ? undefined : readHevcSps(first);
    return sps === undefined ? undefined : hevcFormat(sps, vps === undefined ? undefined : readHevcVps(vps));
  }

  clear(): void {
    this.#vps.clear();
    this.#sps.clear();
    this.#pps.clear();
    this.revision++;
  }
}

/** pps_pic_parameter_set_id, 0 to 63. H.265 §7.3.2.3. */
const hevcPpsId = (nal: Uint8Array): number | undefined => {
  const reader = new BitReader(readRbsp(nal, 2, Math.min(nal.length, 16)));
  const id = ue(reader);
  return reader.overrun || id > 63 ? undefined : id;
};
