import type { Memory, Wire } from "@bilbycast/foundation/packets";
import { after, instant, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { writeLossRange } from "./control-bodies.ts";
import type { SrtMeters } from "./meters.ts";
import type { Outbox } from "./outbox.ts";
import { MOST_PAYLOAD, NAK } from "./packet.ts";
import type { Arq } from "./packet-filter.ts";
import type { ReceiveBuffer } from "./receive-buffer.ts";
import type { RoundTrip } from "./round-trip.ts";
import { wireSequence } from "./sequence.ts";

/** libsrt's own interval, and ours where the peer sends nothing again that may still be under way: a lost report then costs less. */
const LEAST_INTERVAL = milliseconds(20);
const LEAST_SHORT_INTERVAL = milliseconds(5);
/** A range takes two words. */
const RANGE_SIZE = 8;
const LONGEST_REPORT = MOST_PAYLOAD - (MOST_PAYLOAD % RANGE_SIZE);
/** In-order packets, and early arrivals, after which the tolerance goes down by one. */
const PATIENCE_IN_ORDER = 50;
const PATIENCE_EARLY = 10;

/**
 * Tells the sender what is missing: each gap at once, or after as many packets as reordering has shown to be needed, and all of it again
 * every half round trip while it lasts.
 */
export class LossReporter {
  /** Packets that a gap waits for. */
  tolerance = 0;
  readonly #memory: Memory;
  readonly #buffer: ReceiveBuffer;
  readonly #outbox: Outbox;
  readonly #rtt: RoundTrip;
  readonly #meters: SrtMeters;
  readonly #wantedTolerance: number;
  #mostTolerance = 0;
  /** What is missing before it was reported at least once. */
  #reported = 0;
  #lastAt: Instant = instant(0);
  /** How far the stream had come then. */
  #lastEnd = 0;
  #interval = LEAST_INTERVAL;
  #peerIsPatient = false;
  #arq: Arq = "always";
  #inOrder = 0;
  #early = 0;

  constructor(memory: Memory, buffer: ReceiveBuffer, outbox: Outbox, rtt: RoundTrip, meters: SrtMeters, mostTolerance: number) {
    this.#memory = memory;
    this.#buffer = buffer;
    this.#outbox = outbox;
    this.#rtt = rtt;
    this.#meters = meters;
    this.#wantedTolerance = mostTolerance;
  }

  /** The stream goes on from `first`. */
  restart(first: number): void {
    this.#reported = first;
  }

  /**
   * `peerIsPatient`: it sends nothing again before the last time can have been in vain. `peerMarks`: what it sends again says so; from
   * others nobody can learn how far packets overtake. `arq`: what a filter leaves to us.
   */
  reset(first: number, now: Instant, peerIsPatient: boolean, peerMarks: boolean, arq: Arq): void {
    this.#mostTolerance = peerMarks ? this.#wantedTolerance : 0;
    this.#arq = arq;
    this.#peerIsPatient = peerIsPatient;
    this.#reported = first;
    this.tolerance = 0;
    this.#lastAt = now;
    this.#interval = this.#intervalNow();
    this.#inOrder = 0;
    this.#early = 0;
  }

  get deadline(): Instant {
    return this.#buffer.missing === 0 || this.#arq === "never" ? NEVER : after(this.#lastAt, this.#interval);
  }

  /** A packet came in its place. */
  inOrder(): void {
    if (this.tolerance > 0 && ++this.#inOrder === PATIENCE_IN_ORDER) {
      this.#inOrder = 0;
      this.tolerance--;
    }
  }

  /** A packet that was no retransmission came when the stream was `distance` packets further; 1 where two have changed places. */
  late(distance: number): void {
    this.#meters.reorderDistance.set(distance);
    this.#inOrder = 0;
    if (distance > this.tolerance) {
      this.tolerance = Math.min(distance, this.#mostTolerance);
      this.#early = 0;
    } else if (this.tolerance - distance > 2 && ++this.#early === PATIENCE_EARLY) {
      this.#early = 0;
      this.tolerance--;
    }
  }

  /** Reports the gaps that are new and old enough; `givenUp`: before it a filter will rebuild nothing more. */
  reportNew(givenUp: number, now: Instant, wire: Wire): void {
    const early = this.tolerance === 0 ? this.#buffer.end : this.#buffer.end - 1 - this.tolerance;
    const end = this.#arq === "onreq" ? Math.min(early, givenUp) : early;
    if (this.#arq !== "never" && this.#reported < end) {
      const first = this.#reported;
      this.#reported = end;
      if (this.#buffer.missing > 0) {
        this.#report(first, end, now, wire);
        // Where nothing else is missing this was a report of all.
        if (this.#buffer.nextMissing(this.#buffer.next, first) >= first) {
          this.#lastAt = now;
        }
      }
    }
  }

  /** Reports everything that is missing, when it is time to. */
  expire(now: Instant, wire: Wire): void {
    // The round trip time of a young connection changes much: what it was when the last report left is no guide.
    this.#interval = this.#intervalNow();
    if (now < this.deadline) {
      return;
    }
    this.#lastAt = now;
    // A stream that has stopped brings none of those packets that a gap waits for.
    const { end } = this.#buffer;
    this.#report(this.#buffer.next, end === this.#lastEnd && this.#arq === "always" ? end : this.#reported, now, wire);
    this.#lastEnd = end;
  }

  #intervalNow(): Microseconds {
    const { value, variance, patience, isKnown } = this.#rtt;
    if (!isKnown) {
      // Nothing is acknowledged, and so nothing measured, while the very first packet is missing.
      return LEAST_INTERVAL;
    }
    if (!this.#peerIsPatient) {
      return Math.max(LEAST_INTERVAL, patience / 2);
    }
    // Where the round trip time jitters, or was measured only a few times, libsrt does not know what is still under way.
    return Math.max(LEAST_SHORT_INTERVAL, patience / (8 * variance < value ? 8 : 4));
  }

  #report(from: number, end: number, now: Instant, wire: Wire): void {
    const buffer = this.#buffer;
    let first = buffer.nextMissing(from, end);
    if (first >= end) {
      return;
    }
    const { bytes } = this.#memory;
    let size = 0;
    for (let next = first; next < end && size < LONGEST_REPORT; next = buffer.nextMissing(buffer.missingEnd(next, end), end)) {
      size += buffer.missingEnd(next, end) === next + 1 ? RANGE_SIZE / 2 : RANGE_SIZE;
    }
    size = Math.min(size, LONGEST_REPORT);
    let at = this.#outbox.control(wire, NAK, 0, 0, size, now);
    const last = at + size;
    while (first < end && at < last) {
      const behind = last - at < RANGE_SIZE ? first + 1 : buffer.missingEnd(first, end);
      at += writeLossRange(bytes, at, wireSequence(first), wireSequence(behind - 1));
      first = buffer.nextMissing(behind, end);
    }
    this.#meters.naksSent.add(1);
  }
}
