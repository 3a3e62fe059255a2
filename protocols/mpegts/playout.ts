import { check } from "@bilbycast/foundation/check";
import { after, instant, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import {
  dtsOffset,
  hasPcr,
  isVideoPes,
  PCR_PER_STAMP,
  PCR_WRAP,
  difference,
  PCR_HZ,
  ptsOffset,
  readPcr,
  readStamp,
  wrapped,
} from "./media-time.ts";
import { PACKET_SIZE, pid as pidOf, transportError, UNIT_PACKETS } from "./packet.ts";
import { PacketScanner } from "./packet-scanner.ts";
import { PlayClock, ticksAtRate } from "./play-clock.ts";
import { Seams } from "./seams.ts";
import { StampSpan } from "./stamp-span.ts";
import { UnitRing } from "./unit-ring.ts";

export type PlayoutOptions = {
  /** Packets per unit, 1 to 7; default 7. */
  unitPackets?: number | undefined;
  /** Bits per second: every packet takes the same time, whatever the PCRs say. */
  bitrate?: number | undefined;
  /** Packets that are looked through for the next PCR, a power of two from 1024 on; the default holds 120 ms at 200 Mbit/s. */
  window?: number | undefined;
};

/** The most bytes that one `feed` takes. */
export const CHUNK_SIZE = 348 * PACKET_SIZE;

/** Packets that `feed` and `end` may add between two drains. */
const CHUNK_PACKETS = CHUNK_SIZE / PACKET_SIZE + 8;
const WINDOW = 16_384;
/** Pace of a file that says nothing about time, bits per second. */
const SOME_BITRATE = 4_000_000;
/** 27 MHz ticks: a longer pause between two passes than that is not for the sake of their time stamps. */
const LONGEST_PAUSE = 10 * PCR_HZ;
/** When the clock falls behind what was already promised by more than this, it is set anew. */
const CATCH_UP: Microseconds = 500_000;
const NONE = -1;

/**
 * Plays files of MPEG-TS one after the other as one endless stream, unit by unit, each with the time at which it is due.
 *
 *     feed ─> scanner ─> ring [ emitted | settled: due and joined | looked through for the next PCR ] ─> peek, due, advance
 *
 * A packet is settled when the PCR behind it is known: its due time lies between those of the PCRs by its place between them.
 * A packet with a PCR opens a unit, so that it leaves exactly when it should. Without PCRs the rate is estimated from PTS and DTS.
 * The next pass begins where the last one ends: a packet time later by the bytes, and a frame later by the PTS and DTS.
 *
 * Order of calls: `begin`, then `feed` until the file ends, `end`; then the next `begin`, or `finish`. Before each `feed`, units are
 * taken until `peek` gives none. `anchor` sets the time of the first unit.
 */
export class Playout {
  readonly #scanner = new PacketScanner(CHUNK_SIZE);
  #stamps = new StampSpan();
  /** Those of the file before. */
  #before = new StampSpan();
  readonly #seams = new Seams();
  readonly #clock: PlayClock;
  readonly #ring: UnitRing;
  #startedAt = instant(0);

  #isResolved = true;
  #isFirstPass = true;
  #isFinished = false;
  #isOther = false;
  #passStart = 0;
  #pcrPid = NONE;
  #lastPcrPid = NONE;
  #firstPcr = NONE;
  #secondPcr = NONE;
  #shift = 0;
  #passTicks = 0;

  constructor(options: PlayoutOptions = {}) {
    const size = options.window ?? WINDOW;
    check(size >= 1_024, "the window has no room for what one feed brings");
    this.#clock = new PlayClock(options.bitrate);
    this.#ring = new UnitRing(size, options.unitPackets ?? UNIT_PACKETS, !this.#clock.isConstant);
  }

  /** Packets taken from files so far. */
  get packets(): number {
    return this.#ring.head;
  }

  /** Bytes of files that belong to no packet. */
  get skippedBytes(): number {
    return this.#scanner.skipped;
  }

  /** PCRs inside a file that went back, or ahead by more than 500 ms. */
  get pcrJumps(): number {
    return this.#clock.jumps;
  }

  /** Losses inside the files, by their continuity counters. */
  get continuityErrors(): number {
    return this.#seams.breaks;
  }

  /** A file begins. `isSame`: the one that was played before. */
  begin(isSame: boolean): void {
    check(this.#isResolved || this.#ring.head === this.#passStart, "a file begins before the last one was ended");
    this.#isOther ||= !isSame && !this.#isFirstPass;
    if (this.#ring.head > this.#passStart) {
      const before = this.#before;
      this.#before = this.#stamps;
      this.#stamps = before;
      this.#stamps.begin();
    }
    this.#scanner.begin();
    this.#passStart = this.#ring.head;
    this.#isResolved = false;
    this.#isFinished = false;
    this.#pcrPid = NONE;
    this.#lastPcrPid = NONE;
    this.#firstPcr = NONE;
    this.#secondPcr = NONE;
  }

  /** The file's next bytes, at most CHUNK_SIZE; copied. */
  feed(chunk: Uint8Array): void {
    check(this.#ring.room >= CHUNK_PACKETS, "units were not taken before more bytes came");
    this.#scanner.feed(chunk);
    this.#admitAll();
    if (this.#ring.head - this.#ring.settled > this.#ring.size - 2 * CHUNK_PACKETS) {
      this.#settleBlindly();
    }
  }

  /** The file has no more bytes. Returns how many packets it had; 0: it is no transport stream. */
  end(): number {
    this.#scanner.finish();
    this.#admitAll();
    const packets = this.#ring.head - this.#passStart;
    if (packets > 0 && !this.#isResolved) {
      this.#resolve();
    }
    return packets;
  }

  /** Nothing follows for now: what waits for a next PCR goes out at the pace that it had. */
  finish(): void {
    if (this.#ring.head > this.#ring.settled) {
      this.#settle(this.#ring.head, this.#clock.timeAt(this.#ring.head));
    }
    this.#isFinished = true;
  }

  /** The next unit, whole packets; its bytes stay until `advance`. `undefined`: feed more, or after `finish`: no more. */
  peek(): Uint8Array | undefined {
    return this.#ring.peek(this.#isFinished);
  }

  /** When the unit that `peek` gave is due. Never runs backwards between calls of `anchor`. */
  get due(): Instant {
    return after(this.#startedAt, Math.round(this.#ring.time));
  }

  /** The unit that `peek` gave is done with. */
  advance(): void {
    this.#ring.advance();
  }

  /** The unit that `peek` gave becomes due at `at`, and all later ones accordingly. */
  anchor(at: Instant): void {
    this.#startedAt = after(this.#startedAt, at - this.due);
  }

  #admitAll(): void {
    for (let at = this.#scanner.next(); at >= 0; at = this.#scanner.next()) {
      this.#admit(this.#scanner.bytes, at);
    }
  }

  #admit(bytes: Uint8Array, at: number): void {
    const index = this.#ring.push(bytes, at);
    if (transportError(bytes, at)) {
      return;
    }
    const pid = pidOf(bytes, at);
    const pts = ptsOffset(bytes, at);
    if (pts > 0) {
      const dts = dtsOffset(bytes, at);
      this.#stamps.note(pid, isVideoPes(bytes, at), readStamp(bytes, at + pts), readStamp(bytes, at + (dts > 0 ? dts : pts)), index);
    }
    this.#stamps.count(pid);
    if (hasPcr(bytes, at) && (this.#pcrPid === NONE || this.#pcrPid === pid)) {
      this.#ring.markReference(index);
      this.#admitPcr(pid, index);
    }
  }

  #admitPcr(pid: number, index: number): void {
    this.#pcrPid = pid;
    if (this.#isResolved) {
      if (this.#lastPcrPid !== pid) {
        this.#clock.forget();
      }
      this.#lastPcrPid = pid;
      this.#follow(index);
      return;
    }
    this.#lastPcrPid = pid;
    if (this.#firstPcr === NONE) {
      this.#firstPcr = index;
      return;
    }
    this.#secondPcr = this.#secondPcr === NONE ? index : this.#secondPcr;
    // Another file may only begin where its time stamps fit: that needs one of them.
    if (!this.#isOther || !this.#stamps.isEmpty) {
      this.#resolve();
    }
  }

  #pcrAt(index: number): number {
    return readPcr(this.#ring.bytes, this.#ring.offset(index));
  }

  /** A PCR behind the first one of its pass settles everything before it. */
  #follow(index: number): void {
    this.#clock.reference(index, this.#pcrAt(index));
    this.#settle(index, this.#clock.timeAt(index));
  }

  /** Decides how this pass joins the one before, settles up to its first PCR, and follows those PCRs that have waited for this. */
  #resolve(): void {
    const clock = this.#clock;
    const hasPcr = this.#firstPcr !== NONE;
    const index = hasPcr ? this.#firstPcr : this.#passStart;
    const pcr = hasPcr ? this.#pcrAt(index) : this.#stamps.first * PCR_PER_STAMP;
    const ticksPerPacket = this.#isFirstPass || this.#isOther ? this.#beginningRate() : clock.ticksPerPacket;
    if (this.#isFirstPass) {
      clock.begin(index, pcr, 0, hasPcr, ticksPerPacket);
      clock.anchorFirst();
    } else {
      clock.begin(index, pcr, this.#joint(index, pcr, ticksPerPacket), hasPcr, ticksPerPacket);
    }
    const time = clock.timeAt(index);
    if (index > this.#ring.settled) {
      const share = (this.#passStart - this.#ring.settled) / (index - this.#ring.settled);
      this.#settle(this.#passStart, this.#ring.settledTime + (time - this.#ring.settledTime) * share);
    }
    this.#seams.begin(this.#shift, this.#isOther);
    this.#settle(index, time);
    this.#passTicks = clock.ticks;
    this.#isOther = false;
    this.#isFirstPass = false;
    this.#isResolved = true;
    for (let i = index + 1; i < this.#ring.head; i++) {
      if (this.#ring.isReference(i)) {
        this.#follow(i);
      }
    }
  }

  /** Ticks from the last PCR to the first one of this pass, and with that the shift of all its clocks. */
  #joint(index: number, pcr: number, ticksPerPacket: number): number {
    const clock = this.#clock;
    const rest = (this.#passStart - clock.index) * clock.ticksPerPacket;
    const byBytes = rest + (index - this.#passStart) * ticksPerPacket;
    const byStamps = this.#isOther ? this.#gapAfterOther(rest, pcr) : this.#before.span * PCR_PER_STAMP - (clock.ticks - this.#passTicks);
    const gap = Math.ceil(byStamps - byBytes > LONGEST_PAUSE ? byBytes : Math.max(byBytes, byStamps));
    const exact = clock.pcr + this.#shift + gap - pcr;
    const shift = Math.ceil(exact / PCR_PER_STAMP) * PCR_PER_STAMP;
    this.#shift = wrapped(shift, PCR_WRAP);
    return gap + shift - exact;
  }

  /** `rest`: ticks from the last PCR to the end of the other file. */
  #gapAfterOther(rest: number, pcr: number): number {
    const end = (this.#clock.pcr + rest) / PCR_PER_STAMP;
    return rest + this.#stamps.gapAfter(this.#before, end, pcr / PCR_PER_STAMP) * PCR_PER_STAMP;
  }

  /** Ticks per packet at the beginning of a file: by its first two PCRs, else by its time stamps. */
  #beginningRate(): number {
    if (this.#secondPcr !== NONE) {
      const step = difference(this.#pcrAt(this.#secondPcr), this.#pcrAt(this.#firstPcr), PCR_WRAP);
      if (step > 0 && step < LONGEST_PAUSE) {
        return step / (this.#secondPcr - this.#firstPcr);
      }
    }
    return this.#stamps.ticksPerPacket ?? ticksAtRate(SOME_BITRATE);
  }

  /** The window is full and no PCR came: on with the rate that is known. Whatever PID has a PCR next may go on with it. */
  #settleBlindly(): void {
    if (!this.#isResolved) {
      this.#resolve();
    }
    if (this.#ring.head - this.#ring.settled > this.#ring.size / 2) {
      this.#settle(this.#ring.head, this.#clock.timeAt(this.#ring.head));
      this.#pcrPid = NONE;
    }
  }

  /** Fixes when the packets before `end` are due, evenly up to `time`, and joins them to what went out before. */
  #settle(end: number, time: Microseconds): void {
    const ahead = this.#ring.settledTime - time;
    if (ahead > CATCH_UP) {
      this.#clock.delay(ahead);
    }
    this.#ring.settle(end, Math.max(time, this.#ring.settledTime), this.#seams);
  }
}
