import { check } from "@bilbycast/foundation/check";
import { UNIT_SIZE, type Memory, type PacketBatch, type PacketRing, type SenderMachine, type Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import { FIXED_HEADER_SIZE } from "./header.ts";
import { writeUnitHeader, type RtpSource } from "./packetizer.ts";

/** Packets that are made at a time; a power of two. */
const SLOTS = 32;
const SLOT_SIZE = 1_344;

/**
 * Gives each unit to another protocol's sender as the payload of an RTP packet (RFC 2250, SMPTE ST 2022-2). Sequence number and
 * timestamp come from the unit's number and arrival, so two senders with one source carry the same packets whatever either of them drops
 * (SMPTE ST 2022-7). The sender must copy what it keeps.
 */
export class RtpEncapsulation implements SenderMachine {
  readonly #memory: Memory;
  readonly #source: RtpSource;
  readonly #inner: SenderMachine;
  readonly #base: number;
  /** The packets that were made last, under the numbers of their units. */
  readonly #view = {
    head: 0,
    tail: 0,
    mask: SLOTS - 1,
    offset: new Uint32Array(SLOTS),
    length: new Uint32Array(SLOTS),
    arrival: new Float64Array(SLOTS),
    row: new Float64Array(SLOTS),
  };

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, source: RtpSource, inner: SenderMachine) {
    this.#memory = memory;
    this.#source = source;
    this.#inner = inner;
    this.#base = memory.reserve(SLOTS * SLOT_SIZE);
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#view.offset[slot] = this.#base + slot * SLOT_SIZE;
    }
  }

  get deadline(): Instant {
    return this.#inner.deadline;
  }

  emit(ring: PacketRing, first: number, end: number, wire: Wire, now: Instant): void {
    const view = this.#view;
    for (let from = first; from < end; from = view.head) {
      view.tail = from;
      view.head = Math.min(end, from + SLOTS);
      for (let n = from; n < view.head; n++) {
        this.#make(ring, n);
      }
      this.#inner.emit(view, from, view.head, wire, now);
    }
  }

  receive(batch: PacketBatch, now: Instant, wire: Wire): void {
    this.#inner.receive(batch, now, wire);
  }

  expire(now: Instant, wire: Wire): void {
    this.#inner.expire(now, wire);
  }

  farewell(now: Instant, wire: Wire): void {
    this.#inner.farewell?.(now, wire);
  }

  close(): void {
    this.#inner.close();
    this.#memory.release(this.#base);
  }

  #make(ring: PacketRing, n: number): void {
    const view = this.#view;
    const column = n & ring.mask;
    const length = ring.length[column] ?? 0;
    check(length <= UNIT_SIZE, "a unit of a bus fits into an RTP packet");
    const slot = n & view.mask;
    const at = view.offset[slot] ?? 0;
    writeUnitHeader(this.#memory.bytes, at, this.#source, ring, n);
    this.#memory.copy(at + FIXED_HEADER_SIZE, ring.offset[column] ?? 0, length);
    view.length[slot] = FIXED_HEADER_SIZE + length;
    view.arrival[slot] = ring.arrival[column] ?? 0;
    view.row[slot] = n;
  }
}
