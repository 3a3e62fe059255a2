import { setU32 } from "@bilbycast/foundation/bytes";
import type { MediaMachine, Memory, PacketBatch, Tally, Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { DATA, HEADER_SIZE, KEEP_ALIVE, kindOf, NACK, numberOf, writeWord } from "./words.ts";

export type NackingCounters = { readonly asked: Tally; readonly duplicates: Tally; readonly overflowed: Tally };

const SLOT_SIZE = 2_048;
/** Numbers in one NACK. */
const MOST_ASKED = 64;

/** The other end: delivers in order, holds what came early, and asks for what is missing until it comes. Packet numbers begin at 0. */
export class NackingReceiver implements MediaMachine {
  readonly #memory: Memory;
  readonly #pool: number;
  readonly #slots: number;
  readonly #retry: Microseconds;
  readonly #counters: NackingCounters;
  /** Per column: bytes that wait there; 0 for a packet that is missing. */
  readonly #length: Uint32Array;
  /** Per column: when a missing packet is asked for. */
  readonly #askAt: Float64Array;
  #next = 0;
  #end = 0;
  /** Columns of packets that left in this call are still being read. */
  #intact = 0;

  constructor(memory: Memory, slots: number, retry: Microseconds, counters: NackingCounters) {
    this.#memory = memory;
    this.#pool = memory.reserve(slots * SLOT_SIZE);
    this.#slots = slots;
    this.#retry = retry;
    this.#counters = counters;
    this.#length = new Uint32Array(slots);
    this.#askAt = new Float64Array(slots);
  }

  get deadline(): Instant {
    let earliest: number = NEVER;
    for (let n = this.#next; n < this.#end; n++) {
      if (this.#length[n % this.#slots] === 0) {
        earliest = Math.min(earliest, this.#askAt[n % this.#slots] ?? NEVER);
      }
    }
    return instant(earliest);
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    this.#intact = this.#next;
    const bytes = this.#memory.bytes;
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i] ?? 0;
      const kind = kindOf(bytes, at);
      if (kind === DATA) {
        this.#take(numberOf(bytes, at), at + HEADER_SIZE, (batch.length[i] ?? 0) - HEADER_SIZE, now, out);
      } else if (kind === KEEP_ALIVE) {
        this.#extend(numberOf(bytes, at), now);
      }
    }
    this.#ask(now, reply);
  }

  expire(now: Instant, _out: PacketBatch, reply: Wire): void {
    this.#intact = this.#next;
    this.#ask(now, reply);
  }

  close(): void {
    this.#memory.release(this.#pool);
  }

  #take(number: number, offset: number, length: number, now: Instant, out: PacketBatch): void {
    const column = number % this.#slots;
    if (number < this.#next || (number < this.#end && this.#length[column] !== 0)) {
      this.#counters.duplicates.add(1);
      return;
    }
    if (number >= this.#intact + this.#slots) {
      this.#counters.overflowed.add(1);
      return;
    }
    this.#extend(number + 1, now);
    if (number > this.#next) {
      this.#memory.copy(this.#pool + column * SLOT_SIZE, offset, length);
      this.#length[column] = length;
      return;
    }
    out.push(offset, length, 0);
    for (this.#next++; this.#next < this.#end && this.#length[this.#next % this.#slots] !== 0; this.#next++) {
      const held = this.#next % this.#slots;
      out.push(this.#pool + held * SLOT_SIZE, this.#length[held] ?? 0, 0);
      this.#length[held] = 0;
    }
  }

  /** Packets below `end` were sent; those that are new here are missing and asked for at once. */
  #extend(end: number, now: Instant): void {
    for (; this.#end < Math.min(end, this.#intact + this.#slots); this.#end++) {
      this.#length[this.#end % this.#slots] = 0;
      this.#askAt[this.#end % this.#slots] = now;
    }
  }

  #ask(now: Instant, reply: Wire): void {
    let count = 0;
    let word = 0;
    for (let n = this.#next; n < this.#end && count < MOST_ASKED; n++) {
      const column = n % this.#slots;
      if (this.#length[column] !== 0 || (this.#askAt[column] ?? 0) > now) {
        continue;
      }
      if (count === 0) {
        reply.ensure(1, HEADER_SIZE + 4 * MOST_ASKED);
        word = reply.scratch(HEADER_SIZE + 4 * MOST_ASKED);
      }
      setU32(this.#memory.bytes, word + HEADER_SIZE + 4 * count++, n);
      this.#askAt[column] = after(now, this.#retry);
    }
    if (count > 0) {
      writeWord(this.#memory.bytes, word, NACK, count);
      reply.message(0, 0, 0);
      reply.piece(word, HEADER_SIZE + 4 * count);
      this.#counters.asked.add(count);
    }
  }
}
