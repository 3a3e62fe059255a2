import type { Instant, Microseconds } from "@bilbycast/foundation/time";
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
  /** NEVER when idle; read when the machine's socket is open, and after each call. */
  readonly deadline: Instant;
  /** How long a datagram may wait before the machine is called, because what comes out has its own time; absent: not at all. */
  readonly patience?: Microseconds;
  /** Called once before `close`, while there still is a socket: tells the peers that it is over. */
  farewell?(now: Instant, reply: Wire): void;
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
  /** Read when the machine's socket is open, and after each call. */
  readonly deadline: Instant;
  /** How long packets of the bus may wait before it is called, because the far end evens it out; absent: not at all. */
  readonly patience?: Microseconds;
  /** Called once before `close`, while there still is a socket: tells the peers that it is over. */
  farewell?(now: Instant, wire: Wire): void;
};

/** Units that were made of others: `origin` is the number of the bus packet that the first bytes of a unit came from. */
export type StagedRing = PacketRing & { readonly origin: Float64Array };

/**
 * Media rate, between a bus and a packetizer: makes units of its own out of those of the bus, in a ring of its own, which is bounded.
 * The bus is only read. Unlike the bus its ring has one reader, who says how far it got.
 */
export type EgressStage = {
  readonly ring: StagedRing;
  /** Longest time that it leaves packets on the bus before it takes them. */
  readonly hold: Microseconds;
  /**
   * Takes packets from [first, end) of the bus, as many as there is room or it is time for; returns the number behind the last one.
   * `sent`: the number behind the last unit of its ring that was sent. Also called when `deadline` is reached, with nothing to take.
   */
  take(bus: PacketRing, first: number, end: number, sent: number, now: Instant): number;
  /** What is put together goes out as it is: nothing follows. */
  flush(): void;
  /** Goes on for the same receiver in the place of another one, which was flushed. */
  goOnFrom(before: EgressStage, now: Instant): void;
  /** NEVER when idle; read after each call. */
  readonly deadline: Instant;
  close(): void;
};
