import type { Instant } from "@bilbycast/foundation/time";
import { readAdtsHeader, writeAudioSpecificConfig, type AdtsHeader } from "@bilbycast/protocols/aac";
import { PesAssembler, pesPayloadOffset, readPesHeader } from "@bilbycast/protocols/mpegts";
import type { Timeline } from "./timeline.ts";

/** A raw_data_block of AAC. */
export type AudioFrame = {
  /** Ticks of 90 kHz on the time line. */
  dts: number;
  data: Uint8Array;
  /** AudioSpecificConfig; the same object until it changes. */
  configuration: Uint8Array;
  /** Of the core: with SBR the sound has twice as many. */
  sampleRate: number;
  channels: number;
};

const LONGEST_PES = 131_072;
/** Longest ADTS frame. */
const LONGEST_FRAME = 8_191;
const ADTS_HEADER = 7;
const CRC = 2;
const FRAME_SAMPLES = 1_024;
const STAMP_HZ = 90_000;
const STAMP_WRAP = 2 ** 33;

/** Frames of AAC in ADTS, out of the packets of a PID. A PES packet's time stamp is that of the first frame that begins in it. */
export class AudioFrames {
  /** Frames that could not be used: bytes missing, or in a form that no configuration without a program_config_element describes. */
  dropped = 0;
  readonly #timeline: Timeline;
  readonly #stream: number;
  readonly #give: (frame: AudioFrame) => void;
  readonly #assembler: PesAssembler;
  /** The beginning of a frame that goes on in the next PES packet. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Stamp of the next frame, 33 bits; `undefined` before the first. */
  #stamp: number | undefined;
  #isLocked = false;
  #header: AdtsHeader | undefined;
  #configuration: Uint8Array | undefined;
  #now: Instant = 0 as Instant;

  constructor(stream: number, timeline: Timeline, give: (frame: AudioFrame) => void) {
    this.#stream = stream;
    this.#timeline = timeline;
    this.#give = give;
    this.#assembler = new PesAssembler((packet) => this.#packet(packet), LONGEST_PES);
  }

  push(bytes: Uint8Array, at: number, now: Instant): void {
    this.#now = now;
    const { broken, tooLong, malformed } = this.#assembler;
    this.#assembler.push(bytes, at);
    const lost = this.#assembler.broken + this.#assembler.tooLong + this.#assembler.malformed - broken - tooLong - malformed;
    if (lost > 0) {
      this.dropped += lost;
      this.#rest = this.#rest.subarray(0, 0);
      this.#isLocked = false;
    }
  }

  #packet(packet: Uint8Array): void {
    const from = pesPayloadOffset(packet, 0, packet.length);
    const optional = readPesHeader(packet, 0, packet.length)?.optional;
    if (from === undefined || optional === undefined || optional.scramblingControl !== 0) {
      this.dropped++;
      return;
    }
    const held = this.#rest.length;
    const bytes = new Uint8Array(held + packet.length - from);
    bytes.set(this.#rest);
    bytes.set(packet.subarray(from), held);
    this.#walk(bytes, held, optional.pts);
  }

  /** `held`: bytes of the PES packet before, whose frames have its stamps. */
  #walk(bytes: Uint8Array, held: number, pts: number | undefined): void {
    let at = 0;
    let stamp = pts;
    while (at + ADTS_HEADER <= bytes.length) {
      const header = readAdtsHeader(bytes, at);
      const end = at + (header?.frameSize ?? 0);
      // A sync word alone may be chance: another header, or the end of what there is, has to follow.
      if (header === undefined || (!this.#isLocked && end + ADTS_HEADER <= bytes.length && readAdtsHeader(bytes, end) === undefined)) {
        this.dropped += this.#isLocked ? 1 : 0;
        this.#isLocked = false;
        at++;
        continue;
      }
      if (end > bytes.length) {
        break;
      }
      if (at >= held && stamp !== undefined) {
        this.#stamp = stamp;
        stamp = undefined;
      }
      this.#isLocked = true;
      this.#frame(header, bytes, at, end);
      at = end;
    }
    this.#rest = bytes.length - at > LONGEST_FRAME ? new Uint8Array(0) : bytes.slice(at);
    if (stamp !== undefined && held <= at) {
      // No frame began in this PES packet but the one that is not whole yet.
      this.#stamp = this.#rest.length > 0 ? stamp : this.#stamp;
    }
  }

  #frame(header: AdtsHeader, bytes: Uint8Array, at: number, end: number): void {
    const stamp = this.#stamp;
    const { sampleRate, blocks } = header;
    this.#configure(header);
    if (stamp !== undefined) {
      this.#stamp = (stamp + (FRAME_SAMPLES * blocks * STAMP_HZ) / sampleRate) % STAMP_WRAP;
    }
    const configuration = this.#configuration;
    if (stamp === undefined || configuration === undefined || blocks !== 1) {
      this.dropped++;
      return;
    }
    const { ticks } = this.#timeline.place(this.#stream, stamp, this.#now);
    const data = bytes.slice(at + ADTS_HEADER + (header.hasCrc ? CRC : 0), end);
    this.#give({ dts: ticks, data, configuration, sampleRate, channels: CHANNELS[header.channelConfiguration] ?? 2 });
  }

  #configure(header: AdtsHeader): void {
    const before = this.#header;
    if (
      before?.sampleRate !== header.sampleRate ||
      before.channelConfiguration !== header.channelConfiguration ||
      before.audioObjectType !== header.audioObjectType
    ) {
      this.#header = header;
      this.#configuration = writeAudioSpecificConfig(header);
    }
  }
}

/** channel_configuration to channels. ISO/IEC 14496-3 table 1.19. */
const CHANNELS = [undefined, 1, 2, 3, 4, 5, 6, 8] as const;
