import type { Microseconds } from "@bilbycast/foundation/time";
import { PACKET_SIZE } from "./packet.ts";
import { difference, PCR_HZ, PCR_WRAP } from "./media-time.ts";

/** A PCR that is this far from where the bytes before it say is a jump, not a slow stretch. 27 MHz ticks (500 ms). */
const JUMP = PCR_HZ / 2;
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;

/** 27 MHz ticks that a packet takes at a bit rate. */
export const ticksAtRate = (bitrate: number): number => (PACKET_SIZE * 8 * PCR_HZ) / bitrate;

/**
 * When each packet of an endless stream is due, from the PCRs in it. Packets are numbered from 0 on, over all files.
 * A due time is the anchor plus the PCR distance from it, so errors never add up; only a jump sets a new anchor.
 * With a constant bit rate the PCRs are followed but do not decide.
 */
export class PlayClock {
  /** The last PCR as its file has it, the packet it stood in, and its place on a clock that never wraps or jumps back over a file's end. */
  pcr = 0;
  index = 0;
  ticks = 0;
  /** Average of this pass so far; before it has two PCRs, that of the pass before. */
  ticksPerPacket = 0;
  jumps = 0;
  readonly #constant: number | undefined;
  #hasPcr = false;
  #anchorTicks = 0;
  #anchorTime: Microseconds = 0;
  #runTicks = 0;
  #runIndex = 0;

  /** `bitrate`: bits per second, constant; absent: the PCRs decide. */
  constructor(bitrate: number | undefined) {
    this.#constant = bitrate === undefined ? undefined : (PACKET_SIZE * 8 * 1_000_000) / bitrate;
  }

  get isConstant(): boolean {
    return this.#constant !== undefined;
  }

  /**
   * A pass has its first PCR, in packet `index`, `gap` ticks behind the last one of the pass before.
   * `hasPcr` false: the pass has none yet; `pcr` is where one might have stood.
   */
  begin(index: number, pcr: number, gap: number, hasPcr: boolean, ticksPerPacket: number): void {
    this.ticks += gap;
    this.ticksPerPacket = ticksPerPacket;
    this.#place(index, pcr, hasPcr);
  }

  /** The next PCR of the same pass. */
  reference(index: number, pcr: number): void {
    const expected = (index - this.index) * this.ticksPerPacket;
    const step = difference(pcr, this.pcr, PCR_WRAP);
    const isJump = step < 0 || step - expected > JUMP;
    if (this.#hasPcr && !isJump) {
      this.ticks += step;
      this.pcr = pcr;
      this.index = index;
      if (this.ticks > this.#runTicks) {
        this.ticksPerPacket = (this.ticks - this.#runTicks) / (index - this.#runIndex);
      }
      return;
    }
    this.jumps += this.#hasPcr ? 1 : 0;
    this.#anchorTime = this.timeAt(index);
    this.ticks += this.#hasPcr ? step : expected;
    this.#anchorTicks = this.ticks;
    this.#place(index, pcr, true);
  }

  /** The PCRs that follow are of another PID: the first of them only sets a new anchor. */
  forget(): void {
    this.#hasPcr = false;
  }

  /** Everything from the last PCR on is due later. */
  delay(span: Microseconds): void {
    this.#anchorTime += span;
  }

  /** When packet `index` is due, at or behind the last PCR, as far as can be told before the next one is known. Packet 0 is due about 0. */
  timeAt(index: number): Microseconds {
    if (this.#constant !== undefined) {
      return index * this.#constant;
    }
    const ticks = this.ticks - this.#anchorTicks + (index - this.index) * this.ticksPerPacket;
    return this.#anchorTime + ticks / TICKS_PER_MICROSECOND;
  }

  /** Packet 0 of all becomes due at 0. */
  anchorFirst(): void {
    this.#anchorTicks = this.ticks;
    this.#anchorTime = (this.index * this.ticksPerPacket) / TICKS_PER_MICROSECOND;
  }

  #place(index: number, pcr: number, hasPcr: boolean): void {
    this.#hasPcr = hasPcr;
    this.pcr = pcr;
    this.index = index;
    this.#runTicks = this.ticks;
    this.#runIndex = index;
  }
}
