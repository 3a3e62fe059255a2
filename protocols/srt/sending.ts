import { setU32 } from "@bilbycast/foundation/bytes";
import type { Memory, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { Acknowledgement, LITE_ACK_SIZE, LossReport } from "./control-bodies.ts";
import { FecSender } from "./fec-sender.ts";
import { OutgoingLink } from "./group/outgoing-link.ts";
import { LiveCongestion } from "./live-congestion.ts";
import type { SrtMeters } from "./meters.ts";
import type { Outbox } from "./outbox.ts";
import { ACKACK, DROPREQ, HEADER_SIZE, MOST_PAYLOAD, setRetransmitted, writeDataHeader } from "./packet.ts";
import { FEC_HEADER } from "./parity.ts";
import type { RoundTrip } from "./round-trip.ts";
import { SendBuffer } from "./send-buffer.ts";
import type { SendKeys } from "./send-keys.ts";
import { showSending } from "./send-figures.ts";
import { NO_TERMS, type SendTerms } from "./send-terms.ts";
import { nextMessageNumber, sequenceDistance, unwrapSequence, wireSequence } from "./sequence.ts";
import { SYN, type SrtSettings } from "./settings.ts";

/** The sender gives up no packet that is younger. */
const LEAST_DROP_AGE = milliseconds(1_000);
/** And waits so much longer: two ticks of the peer's ACKs. */
const DROP_MARGIN = 2 * SYN;
/** A packet that came from the bus longer ago than a lane sleeps was held up here, and its time begins when it was let go. */
const MOST_AGE = milliseconds(10);
/** How much longer than a round trip the last packets wait to be acknowledged before one of them is sent again. */
const TAIL_MARGIN = milliseconds(20);
const GCM_TAG = 16;
const DROPREQ_SIZE = 8;
/** Packets in one NAK: more than any buffer holds are no question. */
const MOST_ASKED = 2 ** 16;

/** One direction of a connection as its sender has it: keeps packets until the peer has them, and sends again what it asks for. */
export class Sending {
  readonly link: OutgoingLink;
  readonly #memory: Memory;
  readonly #settings: SrtSettings;
  readonly #meters: SrtMeters;
  readonly #outbox: Outbox;
  readonly #rtt: RoundTrip;
  readonly #keys: SendKeys;
  readonly #buffer: SendBuffer;
  readonly #pace: LiveCongestion;
  readonly #ack = new Acknowledgement();
  readonly #report = new LossReport();
  #terms = NO_TERMS;
  #filter: FecSender | undefined;
  #message = 1;
  /** Packets that may be under way, as the peer said last. */
  #window = 0;
  #answeredAck = 0;
  #answeredAt: Instant = instant(0);
  #stamp = 0;
  /** When the last packet that nobody has acknowledged is sent once more. */
  #tailAt: Instant = NEVER;
  #takenTo = 0;

  constructor(memory: Memory, settings: SrtSettings, meters: SrtMeters, outbox: Outbox, rtt: RoundTrip, keys: SendKeys) {
    this.#memory = memory;
    this.#settings = settings;
    this.#meters = meters;
    this.#outbox = outbox;
    this.#rtt = rtt;
    this.#keys = keys;
    this.#buffer = new SendBuffer(memory, settings.sendBuffer);
    this.link = new OutgoingLink(memory, outbox, this.#buffer);
    this.#pace = new LiveCongestion(settings);
  }

  open(terms: SendTerms, now: Instant): void {
    this.#terms = terms;
    const first = this.link.open(terms, now);
    this.#buffer.reset(first);
    this.#filter?.close();
    this.#filter =
      terms.filter === undefined
        ? undefined
        : new FecSender(this.#memory, this.#outbox, terms.filter, this.#longest() + this.#tag(), first);
    this.#pace.reset(now);
    this.#message = 1;
    this.#window = terms.flowWindow;
    this.#meters.congestionWindow.set(terms.flowWindow);
    this.#answeredAck = 0;
    this.#answeredAt = now;
    this.#stamp = 0;
    this.#tailAt = NEVER;
    this.#takenTo = 0;
  }

  get deadline(): Instant {
    const buffer = this.#buffer;
    const newAt = this.#maySendNew() ? this.#pace.due : NEVER;
    const againAt = buffer.wanted > 0 ? this.#pace.retransmissionDue : NEVER;
    return instant(Math.min(newAt, againAt, this.#tailAt, this.#dropAt()));
  }

  /** Takes packets [first, end) of the bus. Those that it has already go once more: the system had no room for them. */
  submit(ring: PacketRing, first: number, end: number, now: Instant): void {
    this.#buffer.turn();
    this.#dropLate(now);
    for (let n = first; n < end; n++) {
      if (n < this.#takenTo) {
        this.#rewind(n);
        continue;
      }
      this.#takenTo = n + 1;
      this.#take(ring.offset[n & ring.mask] ?? 0, ring.length[n & ring.mask] ?? 0, ring.arrival[n & ring.mask] ?? 0, n, now);
    }
    this.#outbox.packet = end;
  }

  /** Sends what may leave: what is new, then what is wanted. */
  pump(now: Instant, wire: Wire): void {
    while (this.#maySendNew() && this.#pace.due <= now) {
      this.#sendNew(now, wire);
    }
    // Until nothing is wanted, or the pace forbids more.
    while (this.#buffer.wanted > 0 && this.#pace.retransmissionDue <= now && this.#sendWanted(now, wire));
    showSending(this.#meters, this.#buffer, this.#pace, this.#window);
  }

  /** An ACK. False when it acknowledges what was never sent. */
  acknowledged(at: number, length: number, number: number, now: Instant, wire: Wire): boolean {
    const ack = this.#ack;
    if (!ack.read(this.#memory.bytes, at, length)) {
      return false;
    }
    const buffer = this.#buffer;
    const position = unwrapSequence(ack.position, buffer.unsent);
    if (position > buffer.unsent) {
      return false;
    }
    this.#meters.acksReceived.add(1);
    const advance = Math.max(0, position - buffer.first);
    buffer.releaseTo(Math.max(position, buffer.first));
    if (length <= LITE_ACK_SIZE) {
      this.#window = Math.max(0, this.#window - advance);
    } else {
      this.#window = Math.min(this.#terms.flowWindow, Math.max(0, ack.window < 0 ? this.#window : ack.window));
      this.#rtt.adopt(ack.rtt, ack.rttVariance);
      this.#meters.rttUs.set(this.#rtt.value);
      this.#meters.rttVarianceUs.set(this.#rtt.variance);
      this.#meters.linkCapacity.set(Math.max(0, ack.linkCapacity));
      this.#answer(number, now, wire);
    }
    if (advance > 0) {
      this.link.acknowledged();
      this.#tailAt = buffer.first === buffer.unsent ? NEVER : after(now, this.#patience());
    }
    return true;
  }

  /** A NAK. False when it is not well formed, or asks for what was never sent. */
  lost(at: number, length: number, now: Instant, wire: Wire): boolean {
    const report = this.#report;
    const buffer = this.#buffer;
    report.begin(this.#memory.bytes, at, length);
    for (let asked = 0; report.next();) {
      const span = sequenceDistance(report.first, report.last);
      const last = unwrapSequence(report.last, buffer.unsent);
      asked += span + 1;
      if (span < 0 || last >= buffer.unsent || asked > MOST_ASKED) {
        return false;
      }
      this.#want(last - span, last, now, wire);
    }
    this.#meters.naksReceived.add(1);
    return report.isWhole;
  }

  /** Time has passed: too old packets go, and the tail is sent again when nobody acknowledges it. */
  expire(now: Instant, wire: Wire): void {
    this.#buffer.turn();
    this.#dropLate(now);
    const buffer = this.#buffer;
    if (now >= this.#tailAt) {
      const last = buffer.unsent - 1;
      if (last >= buffer.first && this.#sendsAgain && buffer.againAt(last) < now - this.#patience()) {
        buffer.want(last, last + 1);
      }
      this.#tailAt = buffer.unsent > buffer.first ? after(now, this.#patience()) : NEVER;
    }
    this.pump(now, wire);
  }

  close(): void {
    this.#filter?.close();
    this.#buffer.close();
  }

  /** Nothing is sent again where there is no room for it, or where a filter is to do all. */
  get #sendsAgain(): boolean {
    return this.#settings.maxRetransmitBandwidth !== 0 && this.#terms.filter?.arq !== "never";
  }

  #patience(): Microseconds {
    return this.#rtt.patience + TAIL_MARGIN;
  }

  #maySendNew(): boolean {
    const buffer = this.#buffer;
    return buffer.unsent < buffer.next && buffer.unsent - buffer.first < this.#window && this.link.isActive;
  }

  /** Bytes of the longest payload before it is encrypted. */
  #longest(): number {
    const { mss, filter } = this.#terms;
    const most = Math.min(MOST_PAYLOAD, mss - (1_500 - MOST_PAYLOAD)) - this.#tag();
    return Math.min(filter === undefined ? most : most - FEC_HEADER, this.#settings.payloadSize);
  }

  #tag(): number {
    return this.#terms.tagged ? GCM_TAG : 0;
  }

  #take(offset: number, length: number, arrival: number, bus: number, now: Instant): void {
    const buffer = this.#buffer;
    if (!this.link.admits(bus, arrival, now)) {
      return;
    }
    const slot = length > this.#longest() || (this.#terms.secure && this.#keys.active === 0) ? 0 : this.#slot();
    if (slot === 0) {
      this.#drop(1);
      return;
    }
    // Origins never run backwards, or the peer would wait for what is past.
    const origin =
      this.link.originOf(bus) ?? instant(Math.min(now, Math.max(arrival, now - MOST_AGE, this.#stamp, this.#outbox.startedAt)));
    this.#stamp = origin;
    const { bytes } = this.#memory;
    const { peerSocketId } = this.#outbox;
    writeDataHeader(bytes, slot, wireSequence(buffer.next), this.#message, this.#keys.active, this.#outbox.timestamp(origin), peerSocketId);
    this.#message = nextMessageNumber(this.#message);
    this.#memory.copy(slot + HEADER_SIZE, offset, length);
    const payload = this.#keys.seal(slot, length);
    buffer.append(slot, HEADER_SIZE + payload, origin, bus);
    this.#pace.input(length, now);
  }

  #drop(packets: number): void {
    this.#meters.sendDropped.add(this.link.drop(packets));
  }

  /** Room for a packet. Where the peer lets late packets go, the oldest makes room for the newest. */
  #slot(): number {
    const buffer = this.#buffer;
    if (buffer.held >= buffer.capacity && this.#terms.peerDropsLate) {
      buffer.releaseTo(buffer.first + 1);
      buffer.turn();
      this.#drop(1);
    }
    return buffer.take();
  }

  /** Packet `n` of the bus is still to be sent for the first time, and all behind it. */
  #rewind(n: number): void {
    const buffer = this.#buffer;
    let sequence = buffer.unsent;
    while (sequence > buffer.first && buffer.busOf(sequence - 1) >= n) {
      sequence--;
    }
    buffer.rewindTo(sequence);
  }

  /** Sends the next packet for the first time, and those behind it that may leave now in the same train. */
  #sendNew(now: Instant, wire: Wire): void {
    const buffer = this.#buffer;
    const first = buffer.unsent;
    this.link.announce(first, now, wire);
    const end = this.#filter === undefined && wire.trains ? buffer.trainEnd(first, buffer.first + this.#window) : first + 1;
    wire.ensure(end - first, 0);
    wire.message(end - first > 1 ? buffer.sizeOf(first) : 0, buffer.busOf(first), this.#outbox.peer);
    let payloads = 0;
    do {
      const size = buffer.sizeOf(buffer.unsent);
      wire.piece(buffer.slotOf(buffer.unsent), size);
      payloads += size - HEADER_SIZE;
      buffer.unsent++;
      this.#pace.sent(now);
    } while (buffer.unsent < end && this.#pace.due <= now);
    this.link.sent(buffer.unsent);
    this.#outbox.lastSentAt = now;
    this.#meters.dataSent.add(buffer.unsent - first);
    this.#meters.dataSentUnique.add(buffer.unsent - first);
    this.#meters.dataBytesSent.add(payloads);
    this.#meters.dataBytesSentUnique.add(payloads);
    this.#tailAt = after(now, this.#patience());
    if (this.#filter !== undefined) {
      const payload = buffer.sizeOf(first) - HEADER_SIZE;
      const extra = this.#filter.sent(first, buffer.slotOf(first), payload, this.#keys.active, wire, now);
      for (let n = 0; n < extra; n++) {
        this.#pace.sent(now);
        this.#meters.filterExtraSent.add(1);
      }
    }
  }

  /** Sends the oldest wanted packet again, unless the last time is too recent; false when it may not leave yet. */
  #sendWanted(now: Instant, wire: Wire): boolean {
    const buffer = this.#buffer;
    const sequence = buffer.oldestWanted();
    if (!this.#pace.allowsRetransmission(buffer.sizeOf(sequence) - HEADER_SIZE, now)) {
      return false;
    }
    if (this.#terms.peerKnowsRetransmissions) {
      setRetransmitted(this.#memory.bytes, buffer.slotOf(sequence), true);
    }
    // A packet that was lost twice has little time left: two copies are lost together far less often than one.
    const copies = this.#isReduced() && buffer.againAt(sequence) >= 0 ? 2 : 1;
    buffer.satisfied(sequence);
    buffer.sentAgain(sequence, now);
    for (let copy = 0; copy < copies; copy++) {
      this.#send(sequence, this.#outbox.packet, now, wire);
      this.#pace.sent(now);
    }
    this.#meters.retransmitsSent.add(copies);
    return true;
  }

  /** Nothing is sent again while the last time may still be under way. */
  #isReduced(): boolean {
    return this.#settings.retransmission === "reduced" && this.#terms.peerRepeatsNaks;
  }

  #send(sequence: number, packet: number, now: Instant, wire: Wire): void {
    const buffer = this.#buffer;
    wire.ensure(1, 0);
    wire.message(0, packet, this.#outbox.peer);
    wire.piece(buffer.slotOf(sequence), buffer.sizeOf(sequence));
    this.#outbox.lastSentAt = now;
    this.#meters.dataSent.add(1);
    this.#meters.dataBytesSent.add(buffer.sizeOf(sequence) - HEADER_SIZE);
  }

  /** What is asked for and still there is put down for sending; of what is not, the peer is told that it will not come. */
  #want(first: number, last: number, now: Instant, wire: Wire): void {
    const buffer = this.#buffer;
    this.#meters.lossesReported.add(last - first + 1);
    if (first < buffer.first) {
      const at = this.#outbox.control(wire, DROPREQ, 0, 0, DROPREQ_SIZE, now);
      setU32(this.#memory.bytes, at, wireSequence(first));
      setU32(this.#memory.bytes, at + 4, wireSequence(Math.min(last, buffer.first - 1)));
    }
    if (!this.#rtt.isKnown && last >= buffer.first && buffer.againAt(last) < 0) {
      this.#rtt.guess(now - buffer.originOf(last));
    }
    // The last retransmission may still be under way, and the peer not know of it yet.
    const recent = this.#isReduced();
    const since = now - this.#rtt.value;
    // What cannot come in time only takes the place of what can.
    const useful = this.#dropsLate() ? now - milliseconds(this.#terms.latencyMs) - this.#patience() : -Infinity;
    for (let sequence = Math.max(first, buffer.first); sequence <= last; sequence++) {
      if (
        this.#settings.maxRetransmitBandwidth !== 0 &&
        (!recent || buffer.againAt(sequence) <= since) &&
        buffer.originOf(sequence) >= useful
      ) {
        buffer.want(sequence, sequence + 1);
      }
    }
  }

  #answer(number: number, now: Instant, wire: Wire): void {
    if (number === this.#answeredAck || now - this.#answeredAt >= SYN) {
      this.#outbox.empty(wire, ACKACK, number, now);
      this.#answeredAck = number;
      this.#answeredAt = now;
    }
  }

  #dropAge(): Microseconds {
    const { sendDropDelayMs } = this.#settings;
    return Math.max(milliseconds(this.#terms.latencyMs + sendDropDelayMs), LEAST_DROP_AGE) + DROP_MARGIN;
  }

  #dropAt(): Instant {
    const buffer = this.#buffer;
    return buffer.held === 0 || !this.#dropsLate() ? NEVER : after(buffer.originOf(buffer.first), this.#dropAge() + 1);
  }

  #dropsLate(): boolean {
    return this.#terms.peerDropsLate && this.#settings.tooLateDrop && this.#settings.sendDropDelayMs >= 0;
  }

  /** Lets go of what the peer would be given too late. */
  #dropLate(now: Instant): void {
    const buffer = this.#buffer;
    let dropped = 0;
    while (now >= this.#dropAt()) {
      buffer.releaseTo(buffer.first + 1);
      dropped++;
    }
    if (dropped > 0) {
      this.#drop(dropped);
    }
  }
}
