import type { Memory, PacketBatch, Wire } from "@bilbycast/foundation/packets";
import { after, instant, milliseconds, NEVER, seconds, type Instant } from "@bilbycast/foundation/time";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import { AckHistory } from "./ack-history.ts";
import { Acknowledgement, FULL_ACK_SIZE, LITE_ACK_SIZE } from "./control-bodies.ts";
import { FecReceiver } from "./fec-receiver.ts";
import { IncomingLink } from "./group/incoming-link.ts";
import type { ReceiveGroup } from "./group/receive-group.ts";
import { LossReporter } from "./loss-reporter.ts";
import type { SrtMeters } from "./meters.ts";
import type { Outbox } from "./outbox.ts";
import {
  ACK,
  HEADER_SIZE,
  isRetransmitted,
  isSolo,
  keyFlags,
  messageNumber,
  MOST_PAYLOAD,
  packetSequence,
  packetTimestamp,
} from "./packet.ts";
import { PlayoutClock } from "./playout-clock.ts";
import { BELATED, BEYOND, FITS, ReceiveBuffer } from "./receive-buffer.ts";
import { ReceiveFigures } from "./receive-figures.ts";
import { FORGED, type ReceiveKeys } from "./receive-keys.ts";
import type { ReceiveTerms } from "./receive-terms.ts";
import { ReceiveRate } from "./receive-rate.ts";
import type { RoundTrip } from "./round-trip.ts";
import { FIRST_CYCLE, sequenceDistance, unwrapSequence, wireSequence } from "./sequence.ts";
import { SYN, type SrtSettings } from "./settings.ts";
import { nextStep, PATIENCE } from "./step.ts";

/** Packets between two light ACKs. */
const LITE_INTERVAL = 64;
/** A time stamp further ahead of the peer's clock is no time. */
const MOST_AHEAD = seconds(5);
/** Two packets that lie so near to each other, both far ahead of everything, show that the sender went on. */
const NEIGHBOURS = 64;
const NOBODY = -1;
/** Packets of room that a peer does not wait for. */
const LITTLE_ROOM = 2;
/** A patient lane sees a packet so much later than it came. */
const LATE_GRACE = PATIENCE;

/**
 * One direction of a connection as its receiver has it: keeps packets until their time, acknowledges, asks for what is missing, and lets
 * go of what came too late.
 */
export class Receiving {
  /** Where the connection is a link of a group. */
  readonly link: IncomingLink | undefined;
  readonly #memory: Memory;
  readonly #settings: SrtSettings;
  readonly #meters: SrtMeters;
  readonly #outbox: Outbox;
  readonly #rtt: RoundTrip;
  readonly #keys: ReceiveKeys;
  readonly #figures: ReceiveFigures;
  readonly #buffer: ReceiveBuffer;
  readonly #clock: PlayoutClock;
  readonly #losses: LossReporter;
  readonly #history = new AckHistory();
  readonly #rate = new ReceiveRate();
  readonly #ack = new Acknowledgement();
  #filter: FecReceiver | undefined;
  #now: Instant = instant(0);
  #dropsLate = true;
  /** Acknowledged position that was sent last, that the peer has answered, and when the last full ACK was sent. */
  #sent = 0;
  #answered = 0;
  #sentAt: Instant = instant(0);
  #sinceFull = 0;
  #lites = 0;
  /** The peer was told that there is next to no room; and then that there is again, which it has not answered yet. */
  #wasFull = false;
  #isReopening = false;
  #jumped = NOBODY;

  constructor(
    memory: Memory,
    settings: SrtSettings,
    meters: SrtMeters,
    outbox: Outbox,
    rtt: RoundTrip,
    keys: ReceiveKeys,
    group?: ReceiveGroup,
  ) {
    this.#clock = group?.clock ?? new PlayoutClock();
    this.#memory = memory;
    this.#settings = settings;
    this.#meters = meters;
    this.#outbox = outbox;
    this.#rtt = rtt;
    this.#keys = keys;
    this.#figures = new ReceiveFigures(meters);
    this.#buffer = new ReceiveBuffer(memory, settings.receiveBuffer);
    this.#losses = new LossReporter(memory, this.#buffer, outbox, rtt, meters, settings.reorderTolerance);
    this.link = group === undefined ? undefined : new IncomingLink(group, this.#buffer, (sequence) => this.#restarted(sequence));
  }

  /** Begins: `terms.stamp` is the time of the peer's handshake, which came at `terms.heardAt`. */
  open(terms: ReceiveTerms, now: Instant): void {
    const first = this.link?.open(terms) ?? this.#begin(terms);
    this.#buffer.reset(first);
    this.#figures.reset(first);
    this.#losses.reset(first, now, terms.peerIsPatient, terms.peerMarks, terms.filter?.arq ?? "always");
    this.#filter?.close();
    this.#filter =
      terms.filter === undefined
        ? undefined
        : new FecReceiver(this.#memory, terms.filter, first, terms.socketId, (at, length) => this.#rebuilt(at, length));
    this.#history.reset();
    this.#rate.reset(now);
    this.#dropsLate = this.#settings.tooLateDrop;
    this.#sent = first;
    this.#answered = first;
    this.#sentAt = now;
    this.#sinceFull = 0;
    this.#lites = 0;
    this.#wasFull = false;
    this.#isReopening = false;
    this.#jumped = NOBODY;
  }

  /** The first packet that the peer begins with. */
  #begin({ initialSequence, stamp, heardAt, latencyMs }: ReceiveTerms): number {
    this.#clock.begin(stamp, heardAt, milliseconds(latencyMs));
    return FIRST_CYCLE + initialSequence;
  }

  /** The group has jumped. */
  #restarted(sequence: number): void {
    this.#losses.restart(sequence);
    this.#sent = Math.min(this.#sent, sequence);
    this.#answered = Math.min(this.#answered, sequence);
  }

  /** What may be acknowledged. */
  get #position(): number {
    return this.link?.position ?? this.#buffer.complete;
  }

  /** What was delivered before this call has been read. */
  turn(): void {
    this.#buffer.turn();
  }

  get deadline(): Instant {
    return instant(Math.min(this.deliverAt, this.#acknowledgeAt(), this.#losses.deadline));
  }

  /** When the next packet is delivered. */
  get deliverAt(): Instant {
    if (this.link !== undefined) {
      return this.link.group.deliverAt;
    }
    const stamp = this.#buffer.firstStamp;
    return Number.isNaN(stamp) || !(this.#buffer.isInOrder || this.#dropsLate)
      ? NEVER
      : nextStep(this.#clock.due(stamp), this.#settings.deliveryStep);
  }

  /** A data packet. */
  data(at: number, length: number, now: Instant): void {
    const { bytes } = this.#memory;
    const meters = this.#meters;
    const payload = length - HEADER_SIZE;
    meters.dataReceived.add(1);
    meters.dataBytesReceived.add(Math.max(0, payload));
    if (payload <= 0 || payload > MOST_PAYLOAD || keyFlags(bytes, at) === 3 || !isSolo(bytes, at)) {
      meters.packetsMalformed.add(1);
      return;
    }
    this.#now = now;
    if (messageNumber(bytes, at) === 0) {
      this.#control(at, length);
      return;
    }
    const stamp = this.#clock.unwrap(packetTimestamp(bytes, at), now);
    if (this.#clock.due(stamp) - this.#clock.latency > now + MOST_AHEAD) {
      meters.packetsMalformed.add(1);
      return;
    }
    const again = isRetransmitted(bytes, at);
    if (again) {
      meters.retransmitsReceived.add(1);
    }
    this.#rate.add(payload);
    this.#sinceFull++;
    const sequence = unwrapSequence(packetSequence(bytes, at), this.#buffer.next);
    const verdict = this.#buffer.fits(sequence);
    if (verdict !== BEYOND) {
      this.link?.heard(sequence);
    }
    if (verdict === FITS && this.#isTooLate(sequence, stamp, now)) {
      this.#figures.belated(now - this.#clock.due(stamp));
    } else if (verdict === FITS) {
      this.#place(sequence, at, payload, stamp, again);
    } else if (verdict === BEYOND) {
      this.#beyond(sequence);
    } else if (verdict === BELATED) {
      this.#figures.belated(now - this.#clock.due(stamp));
    } else {
      meters.packetsDuplicated.add(1);
    }
    this.#filter?.data(sequence, at, payload);
  }

  /** The peer answered one of our ACKs, at the time of its clock that `stamp` says. */
  answered(number: number, stamp: number, now: Instant): void {
    if (!this.#history.has(number)) {
      return;
    }
    this.#isReopening = false;
    this.#answered = Math.max(this.#answered, this.#history.positionOf(number));
    const sample = now - this.#history.take(number);
    this.#rtt.add(sample);
    this.#drift(stamp, now, (sample - this.#rtt.first) / 2);
    this.#meters.rttUs.set(this.#rtt.value);
    this.#meters.rttVarianceUs.set(this.#rtt.variance);
  }

  /** A keep-alive tells the peer's time too. */
  heard(stamp: number, now: Instant): void {
    this.#drift(stamp, now, 0);
  }

  /** The peer will never send these packets again. False when the range is nonsense. */
  dropRequest(at: number, length: number): boolean {
    const { bytes } = this.#memory;
    const low = u32(bytes, at);
    const high = u32(bytes, at + 4);
    const buffer = this.#buffer;
    const span = sequenceDistance(low, high);
    if (length < 8 || low > 0x7fff_ffff || high > 0x7fff_ffff || span < 0 || span >= buffer.capacity) {
      return false;
    }
    const last = unwrapSequence(high, buffer.next);
    if (last - span > buffer.end || last >= buffer.next + buffer.capacity) {
      return false;
    }
    buffer.giveUp(last - span, last);
    return true;
  }

  /** After a batch: what is missing is asked for, and what came is acknowledged when it is time. */
  finish(now: Instant, wire: Wire): void {
    const { end } = this.#buffer;
    const givenUp = this.#filter?.givenUpTo(end);
    if (givenUp !== undefined) {
      this.#figures.givenUp(this.#buffer, givenUp);
    }
    this.#losses.reportNew(givenUp ?? end, now, wire);
    this.#losses.expire(now, wire);
    if (now >= this.#acknowledgeAt()) {
      this.#acknowledge(now, wire);
    } else if (this.#sinceFull >= LITE_INTERVAL * (this.#lites + 1)) {
      this.#lites++;
      setU32(this.#memory.bytes, this.#outbox.control(wire, ACK, 0, 0, LITE_ACK_SIZE, now), wireSequence(this.#position));
    }
  }

  /** Puts what is due into `out`, in order, as much as there is room for. */
  release(now: Instant, out: PacketBatch): void {
    const buffer = this.#buffer;
    while (out.count < out.capacity) {
      const stamp = buffer.firstStamp;
      if (!(this.#clock.due(stamp) <= now) || !(buffer.isInOrder || this.#dropsLate)) {
        break;
      }
      this.#figures.skipped(buffer.skip());
      buffer.deliver(out);
    }
    this.#figures.show(buffer);
  }

  close(): void {
    this.#filter?.close();
    this.#buffer.close();
  }

  /** A packet of the filter itself. */
  #control(at: number, length: number): void {
    const { filterExtraReceived, packetsMalformed, packetsFiltered } = this.#meters;
    if (this.#filter === undefined) {
      packetsFiltered.add(1);
    } else {
      (this.#filter.control(at, length) ? filterExtraReceived : packetsMalformed).add(1);
    }
  }

  /** The filter has rebuilt a packet. */
  #rebuilt(at: number, length: number): void {
    const { bytes } = this.#memory;
    const stamp = this.#clock.unwrap(packetTimestamp(bytes, at), this.#now);
    const sequence = unwrapSequence(packetSequence(bytes, at), this.#buffer.next);
    if (this.#buffer.fits(sequence) === FITS && !this.#isTooLate(sequence, stamp, this.#now)) {
      this.#place(sequence, at, length - HEADER_SIZE, stamp, true);
      this.#meters.filterRebuilt.add(1);
    }
  }

  /**
   * What fills a gap after its time is of no use. What comes in its turn is late because the path has grown longer, and then all of it is:
   * that is delivered.
   */
  #isTooLate(sequence: number, stamp: number, now: Instant): boolean {
    return this.#dropsLate && sequence < this.#buffer.end && now > this.#clock.due(stamp) + LATE_GRACE;
  }

  #place(sequence: number, at: number, payload: number, stamp: number, again: boolean): void {
    const buffer = this.#buffer;
    const slot = buffer.copy(at, HEADER_SIZE + payload);
    if (slot === 0) {
      this.#meters.packetsOverflowed.add(1);
      return;
    }
    const size = this.#keys.open(slot, payload);
    if (size < 0) {
      buffer.discard(slot);
      this.#meters.packetsUndecrypted.add(1);
      if (size === FORGED) {
        return;
      }
    }
    const { end } = buffer;
    if (sequence > end) {
      this.#meters.packetsLost.add(sequence - end);
    } else if (sequence === end) {
      this.#losses.inOrder();
    } else if (!again) {
      this.#losses.late(end - 1 - sequence);
    }
    if (size < 0) {
      buffer.keepNothing(sequence);
    } else {
      buffer.keep(sequence, slot, size, stamp);
      this.#meters.dataReceivedUnique.add(1);
      this.#meters.dataBytesReceivedUnique.add(size);
    }
  }

  /** Nothing is kept of what lies beyond the buffer. But when nothing waits and a second packet confirms it, the stream has gone on without us. */
  #beyond(sequence: number): void {
    const buffer = this.#buffer;
    this.#meters.packetsOverflowed.add(1);
    const distance = sequence - this.#jumped;
    const isConfirmed = this.#jumped !== NOBODY && distance > 0 && distance <= NEIGHBOURS;
    this.#jumped = sequence;
    if (isConfirmed && this.link !== undefined && this.#dropsLate) {
      this.link.beyond(sequence);
      this.#jumped = NOBODY;
    } else if (isConfirmed && buffer.held === 0 && this.#dropsLate) {
      this.#meters.packetsTooLate.add(sequence - buffer.next);
      buffer.reset(sequence);
      this.#losses.restart(sequence);
      this.#jumped = NOBODY;
    }
  }

  #drift(stamp: number, now: Instant, excess: number): void {
    if (this.#settings.driftTracer) {
      this.#clock.sample(stamp, now, excess + (this.link?.lag(this.#clock, stamp, now) ?? 0));
    }
  }

  /** When the next full ACK is due: soon for a new position, and again while it is not answered. */
  #acknowledgeAt(): Instant {
    const position = this.#position;
    if (position > this.#sent || (this.#wasFull && this.#buffer.room > LITTLE_ROOM)) {
      return after(this.#sentAt, SYN);
    }
    return position > this.#answered || this.#isReopening ? after(this.#sentAt, Math.max(SYN, this.#rtt.patience)) : NEVER;
  }

  #acknowledge(now: Instant, wire: Wire): void {
    const ack = this.#ack;
    const position = this.#position;
    const room = this.#buffer.room;
    this.#rate.measure(now);
    ack.position = wireSequence(position);
    ack.rtt = Math.round(this.#rtt.value);
    ack.rttVariance = Math.round(this.#rtt.variance);
    ack.window = room;
    ack.receiveRate = this.#rate.packets;
    ack.linkCapacity = this.#rate.capacity;
    ack.receiveBytes = this.#rate.bytes;
    ack.write(this.#memory.bytes, this.#outbox.control(wire, ACK, 0, this.#history.add(position, now), FULL_ACK_SIZE, now));
    this.#sent = position;
    this.#sentAt = now;
    this.#sinceFull = 0;
    this.#lites = 0;
    this.#isReopening = this.#wasFull && room > LITTLE_ROOM;
    this.#wasFull = room <= LITTLE_ROOM;
    this.#meters.acksSent.add(1);
    this.#figures.acknowledged(this.#rate, this.#losses.tolerance);
  }
}
