import type { Wire } from "@bilbycast/foundation/packets";
import { after, type Instant } from "@bilbycast/foundation/time";
import type { Agreement } from "./agreement.ts";
import { random32, type EndpointOptions } from "./endpoint.ts";
import { AGREEMENT, CONCLUSION, FIRST_REJECTION, WAVEAHAND, writeHandshake, type Handshake } from "./handshake.ts";
import { conclude, conclusionRequest, handshakeOf, initiatorKeys, respond } from "./negotiation.ts";
import { NO_ADDRESS, OnePeer } from "./one-peer.ts";
import { controlType, destinationSocket, HANDSHAKE, isControl, SHUTDOWN } from "./packet.ts";
import { REJECT, rejectCode } from "./reject-reason.ts";
import type { SrtSettings } from "./settings.ts";

/** The other side may start much later than a listener would answer. */
const PATIENCE = 10;

/**
 * Two sockets that know each other's address and call each other. Who asks and who answers is decided by their cookies: the higher one
 * asks. Each step is repeated until the other shows that it has come.
 */
export class Rendezvous extends OnePeer<"waving" | "attention" | "fine" | "initiated"> {
  readonly #settings: SrtSettings;
  /** What an initiator asks with. */
  #request: Uint8Array = NO_ADDRESS;
  /** What a responder answers with, and what both have agreed on by it. */
  #response: Uint8Array | undefined;
  #agreed: Agreement | undefined;

  /** Throws the Fault `arena_exhausted`. */
  constructor(options: EndpointOptions) {
    super(options);
    const { settings } = options;
    // A stream ID is what a caller asks a listener for; and nobody takes a cipher that it was not told to.
    this.#settings = { ...settings, streamId: "", cipherMode: settings.cipherMode === "auto" ? "ctr" : settings.cipherMode };
  }

  protected override take(at: number, length: number, now: Instant, wire: Wire): void {
    const { memory, meters } = this.options;
    const { bytes } = memory;
    const destination = destinationSocket(bytes, at);
    const isHandshake = isControl(bytes, at) && controlType(bytes, at) === HANDSHAKE;
    if ((destination !== this.own.socketId && !(isHandshake && destination === 0)) || this.state === "waiting") {
      meters.packetsFiltered.add(1);
      return;
    }
    if (isHandshake) {
      this.read(at, length, now, wire);
      return;
    }
    // Whoever sends something else takes the connection for made.
    const isGoodbye = isControl(bytes, at) && controlType(bytes, at) === SHUTDOWN;
    if (this.state !== "connected" && this.#agreed !== undefined && !isGoodbye) {
      this.connect(this.#agreed, now);
    }
    if (this.connection.isOpen) {
      this.connection.receive(at, length, now, wire);
    } else {
      meters.packetsFiltered.add(1);
    }
  }

  protected override call(now: Instant, wire: Wire): void {
    const { crypto, settings } = this.options;
    this.prepare("waving", random32(crypto) || 1, after(now, PATIENCE * settings.connectTimeout), now);
    this.keys = initiatorKeys(crypto, this.#settings);
    const request = conclusionRequest(crypto, this.#settings, this.own, this.keys);
    this.asked = request.extensions.keyRequest;
    this.#request = writeHandshake(request);
    this.#response = undefined;
    this.#agreed = undefined;
    this.say(this.#plain(WAVEAHAND), now, wire);
  }

  /** A handshake without extensions. */
  #plain(requestType: number): Uint8Array {
    return writeHandshake({ ...handshakeOf(this.#settings, this.own), requestType });
  }

  protected override handshake(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.state === "connected") {
      // It has not heard that we are done; nothing that was agreed on is agreed on again.
      if (handshake.requestType === CONCLUSION && handshake.socketId === this.connection.outbox.peerSocketId) {
        this.connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(AGREEMENT), now);
      }
      return;
    }
    const role = handshake.requestType >= FIRST_REJECTION ? 0 : contest(this.own.cookie, handshake.cookie);
    if (handshake.requestType >= FIRST_REJECTION) {
      this.refused("peer", rejectCode(handshake.requestType), now);
    } else if (handshake.requestType > WAVEAHAND) {
      this.#refuse(REJECT.rogue, handshake, now, wire);
    } else if (handshake.version < 5) {
      this.#refuse(REJECT.version, handshake, now, wire);
    } else if (handshake.cookie !== 0 && role === 0) {
      this.#refuse(REJECT.rendezvousCookie, handshake, now, wire);
    } else if (handshake.cookie !== 0) {
      this.connection.outbox.peerSocketId = handshake.socketId;
      if (role > 0) {
        this.#initiate(handshake, stamp, now, wire);
      } else {
        this.#answer(handshake, stamp, now, wire);
      }
    }
  }

  /** The part of the one who asks. */
  #initiate(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    const { requestType, extensions } = handshake;
    if (requestType === CONCLUSION && extensions.response !== undefined) {
      const agreed = conclude(this.#settings, this.own, this.keys, this.asked, handshake, stamp, now);
      if (typeof agreed === "number") {
        this.#refuse(agreed, handshake, now, wire);
        return;
      }
      this.connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(AGREEMENT), now);
      this.connect(agreed, now);
    } else if (requestType === WAVEAHAND || requestType === CONCLUSION) {
      this.state = this.state === "waving" && requestType === CONCLUSION ? "fine" : this.state === "waving" ? "attention" : this.state;
      this.say(this.#request, now, wire);
    }
  }

  /** The part of the one who answers. */
  #answer(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    const { requestType, extensions } = handshake;
    if (requestType === AGREEMENT) {
      if (this.#agreed !== undefined) {
        this.connect(this.#agreed, now);
      }
    } else if (requestType === CONCLUSION && extensions.request !== undefined) {
      this.#respond(handshake, stamp, now, wire);
    } else {
      this.state = this.state === "waving" ? "attention" : this.state;
      this.say(this.#response ?? this.#plain(CONCLUSION), now, wire);
    }
  }

  #respond(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.#response === undefined) {
      const response = respond(this.options.crypto, this.#settings, this.own, handshake, stamp, now);
      if (typeof response === "number") {
        this.#refuse(response, handshake, now, wire);
        return;
      }
      this.#response = writeHandshake(response.handshake);
      this.#agreed = response.agreement;
    }
    this.state = this.state === "waving" ? "fine" : this.state === "attention" ? "initiated" : this.state;
    this.say(this.#response, now, wire);
  }

  #refuse(code: number, handshake: Handshake, now: Instant, wire: Wire): void {
    this.connection.outbox.peerSocketId = handshake.socketId;
    this.connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(FIRST_REJECTION + code), now);
    this.refused("us", code, now);
  }
}

/** Who asks: 1 when we do, -1 when the other does, 0 when nobody can tell. Cookies are compared as signed numbers that go round. */
const contest = (own: number, peer: number): number => {
  const difference = (own - peer) | 0;
  return difference === -(2 ** 31) ? Math.sign((own | 0) - (peer | 0)) : Math.sign(difference);
};
