import { unitCount, type MediaMachine, type Memory, type PacketBatch, type Tally, type Wire } from "@bilbycast/foundation/packets";
import { check } from "@bilbycast/foundation/check";
import { NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { isRtcp, payloadEnd, payloadStart, sequenceNumber, ssrc as ssrcOf, timestamp } from "./header.ts";
import { InterarrivalJitter } from "./interarrival-jitter.ts";
import { Probation, PROBATION } from "./probation.ts";
import { Reorderer, type ReordererCounters } from "./reorderer.ts";
import { SEQUENCE_CYCLE, sequenceDistance, unwrapSequence } from "./sequence.ts";
import { isTsPayload } from "./ts-payload.ts";

export type RtpReceiverCounters = ReordererCounters & {
  readonly packetsMalformed: Tally;
  readonly packetsFiltered: Tally;
  readonly sourceResets: Tally;
  readonly interarrivalJitterUs: Tally;
};

/** Rows that `out` must have at least: the units of the longest datagram there is. */
const LEAST_ROWS = unitCount(65_507);

/** A longer jump of the same source is a restart, a shorter one an outage. RFC 3550 appendix A.1. */
const MAX_DROPOUT = 3_000;

/** Slots for a window: 200 Mbit/s of 7-packet datagrams, at most 11 MB. */
const MICROSECONDS_PER_SLOT = 50;
const LEAST_SLOTS = 128;
const MOST_SLOTS = 8_192;

/**
 * Takes MPEG-TS out of RTP (RFC 2250, SMPTE ST 2022-2) and puts it back in order, waiting at most `window` microseconds
 * for a missing packet; with 0 nothing waits. A payload longer than a unit of the bus is split.
 *
 * It follows one source. Packets of another SSRC, or out of reach of the expected sequence number, wait in probation;
 * three of them with none of the old source in between make them the stream. `out` must take `LEAST_ROWS` rows;
 * what does not fit waits for the next call, and `deadline` is then at once.
 */
export class RtpReceiver implements MediaMachine {
  readonly #bytes: Uint8Array;
  readonly #counters: RtpReceiverCounters;
  readonly #order: Reorderer;
  readonly #probation = new Probation();
  readonly #jitter = new InterarrivalJitter();
  #ssrc = 0;
  /** From the source's sequence numbers to the endless ones, which go on over a restart. */
  #shift = 0;
  #started = false;
  #deadline: Instant = NEVER;

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, window: Microseconds, counters: RtpReceiverCounters) {
    this.#bytes = memory.bytes;
    this.#counters = counters;
    this.#order = new Reorderer(memory, slotsFor(window), window, counters);
  }

  get deadline(): Instant {
    return this.#deadline;
  }

  /** Packets that wait, for a missing one or in probation. */
  get waiting(): number {
    return this.#order.held + this.#probation.count;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, _reply: Wire): void {
    check(out.capacity >= LEAST_ROWS, "a batch for RTP payloads takes the longest datagram");
    this.#order.turn(out);
    for (let i = 0; i < batch.count; i++) {
      this.#take(batch.offset[i] ?? 0, batch.length[i] ?? 0, batch.peer[i] ?? 0, now, out);
    }
    this.#counters.interarrivalJitterUs.set(this.#jitter.value);
    this.#deadline = this.#order.deadline;
  }

  expire(now: Instant, out: PacketBatch, _reply: Wire): void {
    this.#order.turn(out);
    this.#order.expire(now, out);
    this.#deadline = this.#order.deadline;
  }

  close(): void {
    this.#order.close();
  }

  #take(offset: number, length: number, peer: number, now: Instant, out: PacketBatch): void {
    const bytes = this.#bytes;
    const start = payloadStart(bytes, offset, length);
    const end = start < 0 ? -1 : payloadEnd(bytes, offset, length, start);
    if (end < 0 || !isTsPayload(bytes, offset + start, end - start)) {
      const foreign = isRtcp(bytes, offset, length);
      (foreign ? this.#counters.packetsFiltered : this.#counters.packetsMalformed).add(1);
      return;
    }
    const number = sequenceNumber(bytes, offset);
    const source = ssrcOf(bytes, offset);
    if (!this.#started) {
      this.#started = true;
      this.#ssrc = source;
      this.#order.begin(SEQUENCE_CYCLE + number);
    }
    const sequence = unwrapSequence(number + this.#shift, this.#order.next);
    if (source !== this.#ssrc || !this.#order.reaches(sequence)) {
      this.#suspect(source, number, offset + start, end - start, now, out);
      return;
    }
    this.#clearProbation();
    this.#jitter.add(timestamp(bytes, offset), now);
    this.#order.place(sequence, offset + start, end - start, peer, now, out);
  }

  /** A packet that does not fit the stream: perhaps a stray, perhaps the first of a new one. */
  #suspect(source: number, number: number, offset: number, length: number, now: Instant, out: PacketBatch): void {
    const probation = this.#probation;
    if (!probation.fits(source, number)) {
      this.#clearProbation();
    } else if (probation.has(number)) {
      this.#counters.packetsDuplicated.add(1);
      return;
    }
    const payload = this.#order.hold(offset, length);
    if (payload < 0) {
      this.#counters.packetsFiltered.add(1);
      return;
    }
    probation.add(source, number, payload);
    if (probation.count === PROBATION) {
      this.#follow(source, now, out);
    }
  }

  /** Makes the packets in probation the stream. */
  #follow(source: number, now: Instant, out: PacketBatch): void {
    const order = this.#order;
    const probation = this.#probation;
    const begin = order.restart(out);
    const first = probation.lowest();
    const jump = sequenceDistance(begin, first + this.#shift);
    if (source === this.#ssrc && jump > 0 && jump <= MAX_DROPOUT) {
      this.#counters.packetsLost.add(jump);
    } else {
      this.#counters.sourceResets.add(1);
    }
    this.#ssrc = source;
    this.#shift = sequenceDistance(first, begin);
    this.#jitter.reset();
    for (let i = 0; i < PROBATION; i++) {
      order.adopt(begin + sequenceDistance(first, probation.sequence(i)), probation.payload(i), now, out);
    }
    probation.clear();
  }

  /** The packets in probation were strays. */
  #clearProbation(): void {
    const probation = this.#probation;
    if (probation.count === 0) {
      return;
    }
    for (let i = 0; i < probation.count; i++) {
      this.#order.forget(probation.payload(i));
    }
    this.#counters.packetsFiltered.add(probation.count);
    probation.clear();
  }
}

const slotsFor = (window: Microseconds): number => {
  const wanted = Math.min(MOST_SLOTS, Math.max(LEAST_SLOTS, window / MICROSECONDS_PER_SLOT));
  return 2 ** Math.ceil(Math.log2(wanted));
};
