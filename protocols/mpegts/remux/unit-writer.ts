import { check } from "@bilbycast/foundation/check";
import type { Memory, StagedRing } from "@bilbycast/foundation/packets";
import { NEVER, type Instant } from "@bilbycast/foundation/time";
import { NULL_PID, PACKET_SIZE, UNIT_PACKETS, UNIT_SIZE, writeHeader } from "../packet.ts";

/** Units that can wait. A power of two; a reader that keeps up leaves most of it empty. */
const UNITS = 128;

/** The origin of what the source did not bring. */
export const NOWHERE = -1;

/**
 * Units put together packet by packet, in a ring of its own. Unit n lies in slot n & mask; the slots lie back to back, so that full units
 * make rows. The unit at `head` is open: it is seen when it is full, or closed short. Whoever does not read is lapped: `tail` moves.
 */
export class UnitWriter implements StagedRing {
  head = 0;
  tail = 0;
  readonly mask = UNITS - 1;
  readonly offset = new Uint32Array(UNITS);
  readonly length = new Uint32Array(UNITS);
  readonly arrival = new Float64Array(UNITS);
  readonly row = new Float64Array(UNITS);
  /** Number of the source's unit from which a unit's first packet came. */
  readonly origin = new Float64Array(UNITS);
  /** Packets in the open unit. */
  fill = 0;
  /** When the first packet of the open unit was written; NEVER while there is none. */
  openedAt: Instant = NEVER;
  readonly #memory: Memory;
  readonly #unitPackets: number;
  readonly #base: number;
  readonly #stuffing: number;
  #now: Instant = NEVER;
  #arrival: Instant = NEVER;
  #origin = 0;

  /** `unitPackets`: packets in a full unit, 1 to 7. */
  constructor(memory: Memory, unitPackets: number = UNIT_PACKETS) {
    check(unitPackets >= 1 && unitPackets <= UNIT_PACKETS, "a unit has 1 to 7 packets");
    this.#memory = memory;
    this.#unitPackets = unitPackets;
    this.#base = memory.reserve(UNITS * UNIT_SIZE + PACKET_SIZE);
    this.#stuffing = this.#base + UNITS * UNIT_SIZE;
    memory.bytes.fill(0xff, this.#stuffing, this.#stuffing + PACKET_SIZE);
    writeHeader(memory.bytes, this.#stuffing, { pid: NULL_PID });
  }

  /** Units that may be written before one that was not sent is lapped; `sent` is the number behind the last one that was. */
  room(sent: number): number {
    return this.mask - (this.head - sent);
  }

  /** What is written from now on comes from unit `origin` of the source, which came at `arrival`; `NOWHERE`: from none, before the first one. */
  begin(now: Instant, arrival: Instant, origin: number): void {
    if (this.fill > 0 && this.#origin === NOWHERE) {
      const column = this.head & this.mask;
      this.arrival[column] = arrival;
      this.origin[column] = origin;
    }
    this.#now = now;
    this.#arrival = arrival;
    this.#origin = origin;
  }

  /** Adds packets that lie together in the memory. */
  append(at: number, packets: number): void {
    let from = at;
    for (let left = packets; left > 0;) {
      const count = Math.min(left, this.#unitPackets - this.fill);
      const target = this.#open();
      this.#memory.copy(target, from, count * PACKET_SIZE);
      this.#added(count);
      from += count * PACKET_SIZE;
      left -= count;
    }
  }

  /** Adds a packet of the memory under another PID. */
  appendAs(at: number, pid: number): void {
    const target = this.#open();
    const { bytes } = this.#memory;
    this.#memory.copy(target, at, PACKET_SIZE);
    bytes[target + 1] = ((bytes[target + 1] ?? 0) & 0xe0) | (pid >> 8);
    bytes[target + 2] = pid;
    this.#added(1);
  }

  /** Adds a packet made outside the memory, with its continuity counter. */
  write(packet: Uint8Array, continuityCounter: number): void {
    const target = this.#open();
    const { bytes } = this.#memory;
    bytes.set(packet, target);
    bytes[target + 3] = ((bytes[target + 3] ?? 0) & 0xf0) | continuityCounter;
    this.#added(1);
  }

  /** Fills the open unit up with null packets, so that it is full; returns how many there are. */
  pad(): number {
    const nulls = this.#unitPackets - this.fill;
    for (let i = 0; i < nulls; i++) {
      this.append(this.#stuffing, 1);
    }
    return nulls;
  }

  /** Closes the open unit, if anything is in it. */
  flush(): void {
    if (this.fill === 0) {
      return;
    }
    const column = this.head & this.mask;
    const before = (this.head - 1) & this.mask;
    const size = this.fill * PACKET_SIZE;
    // A unit that is not full leaves a gap behind it, and at the ring's start there is nothing before it.
    const follows = this.head > this.tail && column > 0 && size === UNIT_SIZE && this.length[before] === UNIT_SIZE;
    this.length[column] = size;
    this.row[column] = follows ? (this.row[before] ?? 0) : this.head;
    this.head++;
    this.fill = 0;
    this.openedAt = NEVER;
  }

  close(): void {
    this.#memory.release(this.#base);
  }

  /** Where the next packet goes. */
  #open(): number {
    const column = this.head & this.mask;
    const slot = this.#base + column * UNIT_SIZE;
    if (this.fill === 0) {
      this.tail = Math.max(this.tail, this.head - this.mask);
      this.offset[column] = slot;
      this.arrival[column] = this.#arrival;
      this.origin[column] = this.#origin;
      this.openedAt = this.#now;
    }
    return slot + this.fill * PACKET_SIZE;
  }

  #added(packets: number): void {
    this.fill += packets;
    if (this.fill === this.#unitPackets) {
      this.flush();
    }
  }
}
