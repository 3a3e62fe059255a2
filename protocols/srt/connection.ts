import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Memory, PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Agreement } from "./agreement.ts";
import { PERIODIC_NAK, REXMIT_FLAG, TOO_LATE_DROP } from "./handshake-extensions.ts";
import type { Membership } from "./group/membership.ts";
import { LINK_STATES } from "./group/backup-judge.ts";
import type { SendMember } from "./group/send-group.ts";
import { forgetKeys } from "./key-exchange.ts";
import { KeyRefresh } from "./key-refresh.ts";
import type { SrtMeters } from "./meters.ts";
import { Outbox } from "./outbox.ts";
import {
  ACK,
  ACKACK,
  controlInformation,
  controlSubtype,
  controlType,
  DROPREQ,
  EXTENSION,
  HEADER_SIZE,
  isControl,
  KEEPALIVE,
  NAK,
  packetTimestamp,
  SHUTDOWN,
} from "./packet.ts";
import { ReceiveKeys } from "./receive-keys.ts";
import { Receiving } from "./receiving.ts";
import { RoundTrip } from "./round-trip.ts";
import { SendKeys } from "./send-keys.ts";
import { Sending } from "./sending.ts";
import { KEEPALIVE_INTERVAL, type SrtSettings } from "./settings.ts";

/** From 1.4.4 on, libsrt sends nothing again while the last time may still be under way, unless it is told to. */
const PATIENT_SINCE = 0x01_0404;

/** How a connection ended. */
export type Ending = "shutdown" | "idle" | "astray";

/** Word 1 of the KEEPALIVE by which a link of a backup group tells that it is idle from now on. */
const GOES_IDLE = 1;

/** What a socket is for: a receiver takes data and sends none, a sender the other way round. */
export type Direction = "receive" | "send";

/**
 * One connection after its handshake: hands the peer's packets to the direction that it serves, keeps the line alive and notices when the
 * peer is gone. Its memory is reserved when it is made; it is opened and closed as peers come and go.
 */
export class Connection {
  readonly outbox: Outbox;
  readonly rtt = new RoundTrip();
  agreement: Agreement | undefined;
  /** How it ended, until it is opened again. */
  ending: Ending | undefined;
  /** Ours, which the peer's packets bear. */
  socketId = 0;
  lastHeardAt: Instant = instant(0);
  #openedAt: Instant = instant(0);
  readonly #memory: Memory;
  readonly #settings: SrtSettings;
  readonly #meters: SrtMeters;
  readonly #receiveKeys: ReceiveKeys;
  readonly #sendKeys: SendKeys;
  readonly #refresh: KeyRefresh;
  readonly #receiving: Receiving | undefined;
  readonly #sending: Sending | undefined;
  readonly #member: SendMember | undefined;

  /** Throws the Fault `arena_exhausted`. */
  constructor(memory: Memory, crypto: Crypto, settings: SrtSettings, meters: SrtMeters, direction: Direction, group?: Membership) {
    this.#memory = memory;
    this.#settings = settings;
    this.#meters = meters;
    this.outbox = new Outbox(memory);
    this.#receiveKeys = new ReceiveKeys(memory, crypto);
    this.#sendKeys = new SendKeys(memory, crypto, settings.refreshRate, settings.preAnnounce);
    this.#refresh = new KeyRefresh(crypto, settings, this.outbox, this.rtt, this.#receiveKeys, this.#sendKeys, meters);
    if (direction === "receive") {
      this.#receiving = new Receiving(memory, settings, meters, this.outbox, this.rtt, this.#receiveKeys, group?.receive);
    } else {
      this.#sending = new Sending(memory, settings, meters, this.outbox, this.rtt, this.#sendKeys);
      this.#member = group?.send?.join(this.#sending.link, this.rtt, group.weight, (state) => {
        meters.linkState.set(LINK_STATES.indexOf(state));
        if (state === "fresh") {
          group.activated?.();
        }
      });
      this.#sending.link.member = this.#member;
    }
    group?.identity.join(this);
  }

  get isOpen(): boolean {
    return this.agreement !== undefined;
  }

  /** Begins with what was agreed on; the outbox knows the peer already. */
  open(agreement: Agreement, now: Instant): void {
    this.agreement = agreement;
    this.ending = undefined;
    this.lastHeardAt = now;
    this.#openedAt = now;
    this.outbox.peerSocketId = agreement.peerSocketId;
    this.rtt.reset();
    const { keys, peerFlags } = agreement;
    const tooLateDrop = this.#settings.tooLateDrop && (peerFlags & TOO_LATE_DROP) !== 0;
    if (keys !== undefined) {
      this.#receiveKeys.install(keys);
      this.#sendKeys.install(keys);
    }
    this.#refresh.reset();
    this.#receiving?.open(
      {
        initialSequence: agreement.peerInitialSequence,
        latencyMs: agreement.receiveLatencyMs,
        stamp: agreement.stamp,
        heardAt: agreement.heardAt,
        filter: agreement.filter,
        socketId: this.socketId,
        peerIsPatient: agreement.peerVersion >= PATIENT_SINCE,
        peerMarks: (peerFlags & REXMIT_FLAG) !== 0,
      },
      now,
    );
    this.#sending?.open(
      {
        initialSequence: agreement.initialSequence,
        latencyMs: agreement.sendLatencyMs,
        flowWindow: agreement.flowWindow,
        mss: agreement.mss,
        peerDropsLate: tooLateDrop,
        peerRepeatsNaks: (peerFlags & PERIODIC_NAK) !== 0,
        peerKnowsRetransmissions: (peerFlags & REXMIT_FLAG) !== 0,
        secure: this.#settings.passphrase !== undefined,
        tagged: keys?.mode === "gcm",
        filter: agreement.filter,
      },
      now,
    );
    if (this.#receiving !== undefined) {
      this.#meters.linkState.set(LINK_STATES.indexOf("stable"));
    }
    this.#meters.receiveLatencyMs.set(agreement.receiveLatencyMs);
    this.#meters.sendLatencyMs.set(agreement.sendLatencyMs);
  }

  /** Ends it here; the peer is not told. */
  end(): void {
    const keys = this.agreement?.keys;
    this.agreement = undefined;
    this.#receiving?.link?.close();
    this.#member?.close();
    this.#meters.linkState.set(LINK_STATES.indexOf("broken"));
    this.#receiveKeys.clear();
    this.#sendKeys.clear();
    if (keys !== undefined) {
      forgetKeys(keys);
    }
  }

  /** Ends it and tells the peer. */
  shutDown(now: Instant, wire: Wire): void {
    if (this.isOpen) {
      this.outbox.empty(wire, SHUTDOWN, 0, now);
      this.end();
    }
  }

  get deadline(): Instant {
    if (!this.isOpen) {
      return this.#receiving?.deliverAt ?? NEVER;
    }
    return instant(
      Math.min(
        this.#receiving?.deadline ?? NEVER,
        this.#sending?.deadline ?? NEVER,
        this.#refresh.deadline,
        after(this.outbox.lastSentAt, KEEPALIVE_INTERVAL),
        after(this.lastHeardAt, this.#settings.idleTimeout),
        this.#member?.group.deadline ?? NEVER,
      ),
    );
  }

  /** Begins a call of the machine. */
  turn(): void {
    this.#receiving?.turn();
  }

  /** A packet of the peer for this socket; handshakes are not for here. */
  receive(at: number, length: number, now: Instant, wire: Wire): void {
    const { bytes } = this.#memory;
    this.lastHeardAt = now;
    if (this.#member !== undefined) {
      this.#member.heardAt = now;
    }
    if (isControl(bytes, at)) {
      this.#control(at, length, now, wire);
    } else if (this.#receiving === undefined) {
      this.#meters.packetsFiltered.add(1);
    } else {
      this.#receiving.data(at, length, now);
    }
  }

  /** After a batch. */
  finish(now: Instant, wire: Wire): void {
    if (this.#receiving?.link?.isAstray === true) {
      this.ending = "astray";
      this.shutDown(now, wire);
      return;
    }
    this.#receiving?.finish(now, wire);
    this.#sending?.pump(now, wire);
    this.#meters.connectionAgeMs.set(Math.floor((now - this.#openedAt) / 1_000));
  }

  /** Takes packets [first, end) of the bus and sends what may leave. */
  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void {
    this.#sending?.submit(ring, first, end, now);
    this.#judge(now, wire);
    this.#sending?.pump(now, wire);
    this.#refresh.announce(now, wire);
  }

  expire(now: Instant, wire: Wire): void {
    this.#judge(now, wire);
    if (now >= after(this.lastHeardAt, this.#settings.idleTimeout) || this.#member?.group.isLost(this.#member, now) === true) {
      this.ending = "idle";
      this.shutDown(now, wire);
      return;
    }
    this.#receiving?.finish(now, wire);
    this.#sending?.expire(now, wire);
    this.#refresh.announce(now, wire);
    if (now >= after(this.outbox.lastSentAt, KEEPALIVE_INTERVAL)) {
      this.outbox.empty(wire, KEEPALIVE, 0, now);
    }
  }

  /** The group decides whether this link sends. */
  #judge(now: Instant, wire: Wire): void {
    const member = this.#member;
    if (member !== undefined) {
      member.group.judge(now);
      if (member.hasGoneIdle()) {
        this.outbox.empty(wire, KEEPALIVE, GOES_IDLE, now);
      }
    }
  }

  /** Puts what is due into `out`. What came before the end is delivered after it. */
  release(now: Instant, out: PacketBatch): void {
    this.#receiving?.release(now, out);
  }

  /** Gives the memory back. */
  close(): void {
    this.end();
    this.#receiving?.close();
    this.#sending?.close();
    this.#receiveKeys.close();
    this.#sendKeys.close();
  }

  #control(at: number, length: number, now: Instant, wire: Wire): void {
    const { bytes } = this.#memory;
    const body = at + HEADER_SIZE;
    const size = length - HEADER_SIZE;
    let isRight = true;
    switch (controlType(bytes, at)) {
      case KEEPALIVE:
        this.#receiving?.heard(packetTimestamp(bytes, at), now);
        break;
      case ACK:
        isRight = this.#sending?.acknowledged(body, size, controlInformation(bytes, at), now, wire) ?? true;
        break;
      case NAK:
        isRight = this.#sending?.lost(body, size, now, wire) ?? true;
        break;
      case ACKACK:
        this.#receiving?.answered(controlInformation(bytes, at), packetTimestamp(bytes, at), now);
        break;
      case DROPREQ:
        isRight = this.#receiving?.dropRequest(body, size) ?? true;
        break;
      case SHUTDOWN:
        this.ending = "shutdown";
        this.end();
        break;
      case EXTENSION:
        isRight = this.#refresh.receive(controlSubtype(bytes, at), body, size, now, wire);
        break;
      default:
        break;
    }
    if (!isRight) {
      this.#meters.packetsMalformed.add(1);
    }
  }
}
