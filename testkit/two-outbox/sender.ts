import { u32 } from "@bilbycast/foundation/bytes";
import { check } from "@bilbycast/foundation/check";
import type { Memory, PacketBatch, PacketRing, SenderMachine, Tally, Wire } from "@bilbycast/foundation/packets";
import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { DATA, HEADER_SIZE, KEEP_ALIVE, kindOf, NACK, numberOf, writeWord } from "./words.ts";

export type RetransmittingCounters = { readonly resent: Tally; readonly gone: Tally };

const SLOT_SIZE = 2_048;

/**
 * A sender with two outboxes: media when the bus moves, its own words (retransmissions, keep-alives) when the receiver asks or time passes.
 * It keeps the last `slots` packets in its own pool, from which everything is sent, so the bus may lap it.
 */
export class RetransmittingSender implements SenderMachine {
  readonly #memory: Memory;
  readonly #pool: number;
  readonly #mask: number;
  readonly #number: Float64Array;
  readonly #length: Uint32Array;
  readonly #keepAlive: Microseconds;
  readonly #counters: RetransmittingCounters;
  #next = 0;
  #deadline: Instant = NEVER;

  /** `slots` is a power of two. */
  constructor(memory: Memory, slots: number, keepAlive: Microseconds, counters: RetransmittingCounters) {
    this.#memory = memory;
    this.#pool = memory.reserve(slots * SLOT_SIZE);
    this.#mask = slots - 1;
    this.#number = new Float64Array(slots).fill(-1);
    this.#length = new Uint32Array(slots);
    this.#keepAlive = keepAlive;
    this.#counters = counters;
  }

  get deadline(): Instant {
    return this.#deadline;
  }

  emit(ring: PacketRing, first: number, end: number, wire: Wire, now: Instant): void {
    check(end - first <= this.#mask + 1, "no more packets at a time than the pool keeps");
    for (let n = first; n < end; n++) {
      const slot = this.#slot(n);
      const length = ring.length[n & ring.mask] ?? 0;
      writeWord(this.#memory.bytes, slot, DATA, n);
      this.#memory.copy(slot + HEADER_SIZE, ring.offset[n & ring.mask] ?? 0, length);
      this.#number[n & this.#mask] = n;
      this.#length[n & this.#mask] = HEADER_SIZE + length;
      this.#send(n, n, wire);
    }
    this.#next = Math.max(this.#next, end);
    this.#deadline = after(now, this.#keepAlive);
  }

  receive(batch: PacketBatch, _now: Instant, wire: Wire): void {
    const bytes = this.#memory.bytes;
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i] ?? 0;
      if (kindOf(bytes, at) === NACK) {
        const end = at + HEADER_SIZE + 4 * numberOf(bytes, at);
        for (let asked = at + HEADER_SIZE; asked < end; asked += 4) {
          this.#resend(u32(bytes, asked), wire);
        }
      }
    }
  }

  expire(now: Instant, wire: Wire): void {
    if (now < this.#deadline) {
      return;
    }
    wire.ensure(1, HEADER_SIZE);
    const word = wire.scratch(HEADER_SIZE);
    writeWord(this.#memory.bytes, word, KEEP_ALIVE, this.#next);
    wire.message(0, 0, 0);
    wire.piece(word, HEADER_SIZE);
    this.#deadline = after(now, this.#keepAlive);
  }

  close(): void {
    this.#memory.release(this.#pool);
  }

  #resend(number: number, wire: Wire): void {
    if (this.#number[number & this.#mask] === number) {
      this.#counters.resent.add(1);
      this.#send(number, 0, wire);
    } else {
      this.#counters.gone.add(1);
    }
  }

  #send(number: number, packet: number, wire: Wire): void {
    wire.ensure(1, 0);
    wire.message(0, packet, 0);
    wire.piece(this.#slot(number), this.#length[number & this.#mask] ?? 0);
  }

  #slot(number: number): number {
    return this.#pool + (number & this.#mask) * SLOT_SIZE;
  }
}
