import { setU32 } from "@bilbycast/foundation/bytes";
import type { Instant } from "@bilbycast/foundation/time";
import {
  eachNalUnit,
  H264ParameterSets,
  h264Role,
  HevcParameterSets,
  hevcRole,
  type NalRole,
  type ParameterSets,
  type VideoFormat,
} from "@bilbycast/protocols/h26x";
import { difference, PesAssembler, pesPayloadOffset, readPesHeader, STAMP_WRAP } from "@bilbycast/protocols/mpegts";
import type { Timeline } from "./timeline.ts";

export type VideoCodec = "h264" | "hevc";

/** A picture, or the two fields of one: what one PES packet with time stamps begins. */
export type VideoUnit = {
  codec: VideoCodec;
  /** Decoding may begin here. */
  isKey: boolean;
  /** The source's clock has jumped: what was before is no reference for what comes now. */
  isNew: boolean;
  /** Ticks of 90 kHz on the time line. */
  dts: number;
  pts: number;
  /** NAL units with four bytes of length before each, without parameter sets, delimiters and filler. */
  data: Uint8Array;
  /** Configuration record of the decoder; the same object until it changes. */
  configuration: Uint8Array;
  /** As its parameter sets say; the same object until they change. */
  format: VideoFormat;
};

/** Longest access unit: more than ten times what level 5.2 has for a picture of 4K at its highest rate. */
const LONGEST = 8_388_608;
const LENGTH_SIZE = 4;

type Codec = { sets: ParameterSets; role: (nal: Uint8Array) => NalRole };

const codecOf = (codec: VideoCodec): Codec =>
  codec === "h264" ? { sets: new H264ParameterSets(), role: h264Role } : { sets: new HevcParameterSets(), role: hevcRole };

/** Access units of an elementary stream of H.264 or HEVC, out of the packets of its PID. */
export class VideoUnits {
  /** Access units that could not be used: parts missing, no time stamp, no parameter sets before them. */
  dropped = 0;
  readonly #codec: VideoCodec;
  readonly #sets: ParameterSets;
  readonly #role: Codec["role"];
  readonly #timeline: Timeline;
  readonly #stream: number;
  readonly #give: (unit: VideoUnit) => void;
  readonly #assembler: PesAssembler;
  #known: { configuration: Uint8Array; format: VideoFormat } | undefined;
  #revision = 0;
  /** An access unit whose PES packet has a length, and so may go on in the next. */
  #held: { pts: number; dts: number; parts: Uint8Array[]; size: number } | undefined;
  #now: Instant = 0 as Instant;

  constructor(codec: VideoCodec, stream: number, timeline: Timeline, give: (unit: VideoUnit) => void) {
    const { sets, role } = codecOf(codec);
    this.#codec = codec;
    this.#sets = sets;
    this.#role = role;
    this.#timeline = timeline;
    this.#stream = stream;
    this.#give = give;
    this.#assembler = new PesAssembler((packet) => this.#packet(packet), LONGEST);
  }

  push(bytes: Uint8Array, at: number, now: Instant): void {
    this.#now = now;
    const before = this.#lostPackets();
    this.#assembler.push(bytes, at);
    const lost = this.#lostPackets() - before;
    this.dropped += lost;
    if (lost > 0) {
      // What was held may have gone on in what is lost.
      this.#held = undefined;
    }
  }

  #lostPackets(): number {
    const { broken, tooLong, malformed } = this.#assembler;
    return broken + tooLong + malformed;
  }

  #packet(packet: Uint8Array): void {
    const header = readPesHeader(packet, 0, packet.length);
    const from = pesPayloadOffset(packet, 0, packet.length);
    const { optional } = header ?? {};
    if (header === undefined || from === undefined || optional === undefined || optional.scramblingControl !== 0) {
      this.dropped++;
      return;
    }
    const payload = packet.subarray(from);
    if (optional.pts === undefined) {
      this.#goOn(payload);
      return;
    }
    this.#flush();
    const { pts, dts = pts } = optional;
    if (header.packetLength === 0) {
      this.#unit(pts, dts, payload);
    } else {
      this.#held = { pts, dts, parts: [payload.slice()], size: payload.length };
    }
  }

  /** More of the access unit before. */
  #goOn(payload: Uint8Array): void {
    const held = this.#held;
    if (held === undefined || held.size + payload.length > LONGEST) {
      this.dropped++;
      return;
    }
    held.parts.push(payload.slice());
    held.size += payload.length;
  }

  #flush(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      const [first = EMPTY, ...more] = held.parts;
      this.#unit(held.pts, held.dts, more.length === 0 ? first : joined(held.parts, held.size));
    }
  }

  #unit(pts: number, dts: number, stream: Uint8Array): void {
    const nals: Uint8Array[] = [];
    let isKey = false;
    let isIntra = true;
    let hasSets = false;
    let hasPicture = false;
    let size = 0;
    eachNalUnit(stream, 0, stream.length, (nal) => {
      if (this.#sets.take(nal)) {
        hasSets = true;
        return;
      }
      const role = this.#role(nal);
      if (role === "dispensable") {
        return;
      }
      hasPicture ||= role.endsWith("slice");
      isKey ||= role === "random_access_slice" || role === "recovery_point";
      isIntra &&= role !== "slice";
      nals.push(nal);
      size += LENGTH_SIZE + nal.length;
    });
    const known = this.#configure();
    if (!hasPicture || known === undefined) {
      this.dropped++;
      return;
    }
    const { ticks, isNew } = this.#timeline.place(this.#stream, dts, this.#now);
    this.#give({
      codec: this.#codec,
      // Many encoders open a GOP with parameter sets and an I picture, and without a recovery point SEI.
      isKey: isKey || (hasSets && isIntra),
      isNew,
      dts: ticks,
      pts: ticks + difference(pts, dts, STAMP_WRAP),
      data: withLengths(nals, size),
      ...known,
    });
  }

  #configure(): { configuration: Uint8Array; format: VideoFormat } | undefined {
    if (this.#sets.revision !== this.#revision) {
      this.#revision = this.#sets.revision;
      const configuration = this.#sets.record();
      const format = this.#sets.format();
      this.#known = configuration === undefined || format === undefined ? this.#known : { configuration, format };
    }
    return this.#known;
  }
}

const EMPTY = new Uint8Array(0);

const joined = (parts: readonly Uint8Array[], size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

const withLengths = (nals: readonly Uint8Array[], size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const nal of nals) {
    setU32(bytes, at, nal.length);
    bytes.set(nal, at + LENGTH_SIZE);
    at += LENGTH_SIZE + nal.length;
  }
  return bytes;
};
