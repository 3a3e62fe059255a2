import { check } from "@bilbycast/foundation/check";
import { PCR_HZ, PCR_PER_STAMP, STAMP_WRAP, wrapped } from "../media-time.ts";
import { PACKET_SIZE, SYNC_BYTE } from "../packet.ts";
import { pesHeaderSize, writePesHeader, type PesHeader, type PesOptionalHeader } from "../pes/pes-header.ts";
import { writeField } from "../pes/pes-packetizer.ts";
import type { Descriptor } from "../psi/descriptors.ts";
import { AccessUnitQueue } from "./access-unit-queue.ts";
import { TransportBuffer } from "./transport-buffer.ts";

/** An elementary stream of the program. */
export type MultiplexStream = {
  pid: number;
  /** ISO/IEC 13818-1 table 2-34: 0x02 MPEG-2 video, 0x03 MPEG audio, 0x0F AAC in ADTS, 0x1B H.264, 0x24 HEVC. */
  streamType: number;
  /** 0xC0 to 0xDF audio, 0xE0 to 0xEF video, 0xBD private. */
  streamId: number;
  descriptors?: Descriptor[];
  /** Bytes of access units that may wait; for video 1.25 s of the whole rate and at least 256 KB, else 64 KB. */
  queueBytes?: number;
  /** Main buffer of the model decoder: never more is sent ahead. Video: not limited, give the size of the CPB; else 3584, two channels of AAC. */
  decoderBytes?: number;
  /** Bits per second that leave its transport buffer (Rxn). Video: not limited; else 2 000 000, up to two channels of audio. */
  leakRate?: number;
};

/** Coded picture or frames of sound, as an encoder gives them. */
export type AccessUnit = {
  bytes: Uint8Array;
  /** 90 kHz ticks, whole, that never wrap; they are wrapped where they are written. Ten years from 0 at the most: not since the epoch. */
  pts: number;
  dts: number;
  /** Decoding may begin here. */
  randomAccess: boolean;
};

export type StreamCounts = {
  /** Access units that were taken. */
  accessUnits: number;
  /** Not taken: too big, no room, or its DTS is not after the one before; of video also what follows one without room, up to the next random access. */
  refused: number;
  /** Sent to their end after their DTS. */
  late: number;
  /** Taken and not sent: more than a second late, or behind one that was not sent up to the next random access. */
  dropped: number;
  /** Times that the stream ran dry: its next access unit was not there at the time it should have been decoded. */
  underflows: number;
};

/** How long before its DTS an access unit may be sent; nothing may stay longer in a decoder's buffer. §2.4.2.6. */
const LONGEST_STAY = PCR_HZ;
const TOO_LATE = PCR_HZ;
/** Sound is hurried by so much, so that video that is late does not make it late too. */
const HURRY = PCR_HZ / 20;
const PAYLOAD = PACKET_SIZE - 4;
const FLAGS_FIELD = 2;
const PCR_FIELD = 8;
/** PES_packet_length counts what is behind it. */
const LENGTH_END = 6;
const LONGEST_LENGTH = 0xffff;
const SOUND_DECODER_BYTES = 3_584;
const SOUND_LEAK_RATE = 2_000_000;

/** One stream's way from access units to packets. */
export class StreamFeed {
  readonly isVideo: boolean;
  readonly counts: StreamCounts = { accessUnits: 0, refused: 0, late: 0, dropped: 0, underflows: 0 };
  readonly queue: AccessUnitQueue;
  readonly #memory: Uint8Array;
  readonly #pid: number;
  readonly #carriesPcr: boolean;
  readonly #decoderBytes: number;
  readonly #transport: TransportBuffer;
  readonly #streamId: number;
  #continuityCounter = 0;
  #lastDts = -Infinity;
  /** From the DTS before the last to the last, in ticks. */
  #step = Infinity;
  #isDry = false;
  /** What was dropped, or was refused for want of room, is missed until the next random access. */
  #isBroken = false;
  #isGapped = false;

  /** `base`, `size`: where in `memory` access units wait. */
  constructor(stream: MultiplexStream, carriesPcr: boolean, memory: Uint8Array, base: number, size: number) {
    this.isVideo = (stream.streamId & 0xf0) === 0xe0;
    this.#memory = memory;
    this.#pid = stream.pid;
    this.#carriesPcr = carriesPcr;
    this.#decoderBytes = stream.decoderBytes ?? (this.isVideo ? Infinity : SOUND_DECODER_BYTES);
    this.#transport = new TransportBuffer(stream.leakRate ?? (this.isVideo ? Infinity : SOUND_LEAK_RATE));
    this.#streamId = stream.streamId;
    this.queue = new AccessUnitQueue(base, size);
  }

  /** Copies an access unit in; false: it was refused. */
  push({ bytes, pts, dts, randomAccess }: AccessUnit): boolean {
    const ticks = dts * PCR_PER_STAMP;
    check(Number.isInteger(pts) && Number.isSafeInteger(ticks), "time stamps are whole, and not so far from 0 that ticks are not");
    if (ticks <= this.#lastDts || (this.#isGapped && !randomAccess)) {
      this.counts.refused++;
      return false;
    }
    const header = this.#headerOf(pts, dts);
    const headerSize = pesHeaderSize(header);
    const size = headerSize + bytes.length;
    const isTooLong = !this.isVideo && size - LENGTH_END > LONGEST_LENGTH;
    const at = isTooLong ? -1 : this.queue.reserve(size, ticks, randomAccess);
    this.#isGapped = this.isVideo && at < 0;
    if (at < 0) {
      this.counts.refused++;
      return false;
    }
    header.packetLength = this.isVideo ? 0 : size - LENGTH_END;
    writePesHeader(this.#memory, at, header);
    this.#memory.set(bytes, at + headerSize);
    this.counts.accessUnits++;
    this.#step = ticks - this.#lastDts;
    this.#lastDts = ticks;
    this.#isDry = false;
    return true;
  }

  /** Time went on: what is due is decoded, what is far too late is dropped. Before each packet. */
  expire(ticks: number): void {
    const { queue } = this;
    queue.decode(ticks);
    while (!queue.isEmpty && queue.position === 0 && (queue.dts < ticks - TOO_LATE || (this.#isBroken && !queue.randomAccess))) {
      queue.drop();
      this.counts.dropped++;
      this.#isBroken = this.isVideo;
    }
    if (queue.isEmpty && !this.#isDry && ticks > this.#lastDts + this.#step) {
      this.#isDry = true;
      this.counts.underflows++;
    }
  }

  /** A packet may go out now: something waits, not too long before its DTS, and the model decoder has room for it. */
  isReady(ticks: number): boolean {
    const { queue } = this;
    if (queue.isEmpty || queue.dts - ticks > LONGEST_STAY || !this.#transport.hasRoom(ticks)) {
      return false;
    }
    // One that is larger than the buffer goes on alone.
    const isAlone = queue.inDecoder === queue.position;
    return isAlone || queue.inDecoder + Math.min(PAYLOAD, queue.size - queue.position) <= this.#decoderBytes;
  }

  /** What waits is begun where the PCR must be: a random access in the PID of the PCR says so only together with one. §2.4.3.5. */
  get awaitsClock(): boolean {
    return this.#carriesPcr && this.isVideo && this.queue.position === 0 && this.queue.randomAccess;
  }

  /** When what waits has to be through, for the order among streams; what is late is due now. */
  urgency(ticks: number): number {
    return Math.max(ticks, this.queue.dts - (this.isVideo ? 0 : HURRY));
  }

  /** Writes the next packet of what waits. `pcr` negative: none. `end`: when its last byte is out. */
  write(at: number, pcr: number, ticks: number, end: number): void {
    const { queue } = this;
    const left = queue.size - queue.position;
    const isFirst = queue.position === 0;
    const isRandomAccess = isFirst && queue.randomAccess && (pcr >= 0 || !this.#carriesPcr);
    const field = Math.max(pcr >= 0 ? PCR_FIELD : isRandomAccess ? FLAGS_FIELD : 0, PAYLOAD - left);
    const size = PAYLOAD - field;
    this.#isBroken = false;
    this.#writeHead(at, isFirst, field > 0 ? 0x30 : 0x10, this.#continuityCounter);
    this.#continuityCounter = (this.#continuityCounter + 1) & 0x0f;
    if (field > 0) {
      writeField(this.#memory, at + 4, field, isRandomAccess ? 0x40 : 0, pcr);
    }
    this.#memory.copyWithin(at + 4 + field, queue.at, queue.at + size);
    this.#transport.add(ticks);
    const { dts } = queue;
    if (queue.take(size) && end > dts) {
      this.counts.late++;
    }
  }

  /** Writes a packet that has a PCR and no payload; it does not count. §2.4.3.3. */
  writeClock(at: number, pcr: number, ticks: number): void {
    this.#writeHead(at, false, 0x20, (this.#continuityCounter - 1) & 0x0f);
    writeField(this.#memory, at + 4, PAYLOAD, 0, pcr);
    this.#transport.add(ticks);
  }

  #writeHead(at: number, isFirst: boolean, control: number, counter: number): void {
    this.#memory[at] = SYNC_BYTE;
    this.#memory[at + 1] = (isFirst ? 0x40 : 0) | (this.#pid >> 8);
    this.#memory[at + 2] = this.#pid;
    this.#memory[at + 3] = control | counter;
  }

  /** A DTS that is the PTS is not written. */
  #headerOf(pts: number, dts: number): PesHeader {
    const optional: PesOptionalHeader = { ...PLAIN, pts: wrapped(pts, STAMP_WRAP) };
    if (pts !== dts) {
      optional.dts = wrapped(dts, STAMP_WRAP);
    }
    return { streamId: this.#streamId, packetLength: 0, optional };
  }
}

const PLAIN = { scramblingControl: 0, priority: false, dataAlignmentIndicator: true, copyright: false, originalOrCopy: false };
