import type { Instant } from "@bilbycast/foundation/time";
import type { PacketBatch } from "./packet-batch.ts";
import type { PacketRing } from "./packet-ring.ts";
import type { Wire } from "./wire.ts";

/**
 * Media rate, inward: takes a batch, fills a batch, makes no object.
 * What goes to `out` may lie where it came in (borrowed) or in the machine's own reserved memory.
 * `reply` is the way back to the peers (ACK, NACK, RTCP).
 */
export type MediaMachine = {
  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void;
  expire(now: Instant, out: PacketBatch, reply: Wire): void;
  /** NEVER when idle; read after each call. */
  readonly deadline: Instant;
  /** Gives back what the machine reserved. */
  close(): void;
};

/** Media rate, outward: turns packets [first, end) of a ring into messages, in order. A retry of the same packets gives the same bytes. */
export type Packetizer = {
  emit(ring: PacketRing, first: number, end: number, wire: Wire, now: Instant): void;
  close(): void;
};

/** A packetizer that listens too: what the receiver answers (NACK, ACK) comes to `receive`; its own words leave by `wire`. */
export type SenderMachine = Packetizer & {
  receive(batch: PacketBatch, now: Instant, wire: Wire): void;
  expire(now: Instant, wire: Wire): void;
  readonly deadline: Instant;
};
