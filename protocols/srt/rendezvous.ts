import type { PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Agreement } from "./agreement.ts";
import { Connection } from "./connection.ts";
import { random32, randomSequence, Reporter, type Endpoint, type EndpointOptions } from "./endpoint.ts";
import { AGREEMENT, CONCLUSION, FIRST_REJECTION, readHandshake, WAVEAHAND, writeHandshake, type Handshake } from "./handshake.ts";
import type { KeySet } from "./key-exchange.ts";
import { conclude, conclusionRequest, handshakeOf, initiatorKeys, respond, type OwnSide } from "./negotiation.ts";
import { controlType, destinationSocket, HANDSHAKE, HEADER_SIZE, isControl, packetTimestamp, SHUTDOWN } from "./packet.ts";
import { REJECT, rejectCode } from "./reject-reason.ts";
import { HANDSHAKE_INTERVAL, type SrtSettings } from "./settings.ts";

const SOCKET_ID_MASK = 0x3fff_ffff;
/** The other side may start much later than a listener would answer. */
const PATIENCE = 10;
const NO_ADDRESS = new Uint8Array(16);

/**
 * Two sockets that know each other's address and call each other. Who asks and who answers is decided by their cookies: the higher one
 * asks. Each step is repeated until the other shows that it has come.
 */
export class Rendezvous implements Endpoint {
  readonly connections: readonly Connection[];
  readonly #options: EndpointOptions;
  readonly #settings: SrtSettings;
  readonly #reporter: Reporter;
  readonly #connection: Connection;
  #state: "waiting" | "waving" | "attention" | "fine" | "initiated" | "connected" = "waiting";
  #dueAt: Instant = instant(0);
  #callEndsAt: Instant = NEVER;
  #own: OwnSide = { socketId: 0, initialSequence: 0, cookie: 0, peerAddress: NO_ADDRESS };
  #keys: KeySet | undefined;
  /** What an initiator asks with, and its key request. */
  #request: Uint8Array = NO_ADDRESS;
  #asked: Uint8Array | undefined;
  /** What a responder answers with, and what both have agreed on by it. */
  #response: Uint8Array | undefined;
  #agreed: Agreement | undefined;
  #words: Uint8Array = NO_ADDRESS;

  /** Throws the Fault `arena_exhausted`. */
  constructor(options: EndpointOptions) {
    const { memory, crypto, settings, meters, direction } = options;
    this.#options = options;
    // A stream ID is what a caller asks a listener for; and nobody takes a cipher that it was not told to.
    this.#settings = { ...settings, streamId: "", cipherMode: settings.cipherMode === "auto" ? "ctr" : settings.cipherMode };
    this.#reporter = new Reporter(options);
    this.#connection = new Connection(memory, crypto, settings, meters, direction);
    this.connections = [this.#connection];
  }

  get deadline(): Instant {
    const { deadline } = this.#connection;
    return this.#state === "connected" ? deadline : instant(Math.min(this.#dueAt, this.#callEndsAt, deadline));
  }

  receive(batch: PacketBatch, now: Instant, wire: Wire): void {
    this.#connection.turn();
    for (let i = 0; i < batch.count; i++) {
      this.#take(batch.offset[i] ?? 0, batch.length[i] ?? 0, now, wire);
    }
    this.#look(now);
    if (this.#connection.isOpen) {
      this.#connection.finish(now, wire);
    }
  }

  expire(now: Instant, wire: Wire): void {
    this.#connection.turn();
    if (this.#state === "connected") {
      this.#connection.expire(now, wire);
      this.#look(now);
    } else if (this.#state === "waiting") {
      if (now >= this.#dueAt) {
        this.#begin(now, wire);
      }
    } else if (now >= this.#callEndsAt) {
      this.#refused("peer", REJECT.timeout, now);
    } else if (now >= this.#dueAt) {
      this.#say(this.#words, now, wire);
    }
  }

  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void {
    if (this.#connection.isOpen) {
      this.#connection.submit(ring, first, end, now, wire);
    } else {
      this.#options.meters.unconnectedDropped.add(end - first);
    }
  }

  farewell(now: Instant, wire: Wire): void {
    this.#connection.shutDown(now, wire);
  }

  close(): void {
    this.#connection.close();
  }

  #take(at: number, length: number, now: Instant, wire: Wire): void {
    const { memory, meters } = this.#options;
    const { bytes } = memory;
    if (length < HEADER_SIZE) {
      meters.packetsMalformed.add(1);
      return;
    }
    const destination = destinationSocket(bytes, at);
    const isHandshake = isControl(bytes, at) && controlType(bytes, at) === HANDSHAKE;
    if ((destination !== this.#own.socketId && !(isHandshake && destination === 0)) || this.#state === "waiting") {
      meters.packetsFiltered.add(1);
      return;
    }
    if (isHandshake) {
      const handshake = readHandshake(bytes, at + HEADER_SIZE, length - HEADER_SIZE);
      if (handshake === undefined) {
        meters.packetsMalformed.add(1);
      } else {
        this.#handshake(handshake, packetTimestamp(bytes, at), now, wire);
      }
      return;
    }
    // Whoever sends something else takes the connection for made.
    const isGoodbye = isControl(bytes, at) && controlType(bytes, at) === SHUTDOWN;
    if (this.#state !== "connected" && this.#agreed !== undefined && !isGoodbye) {
      this.#connect(this.#agreed, now);
    }
    if (this.#connection.isOpen) {
      this.#connection.receive(at, length, now, wire);
    } else {
      meters.packetsFiltered.add(1);
    }
  }

  #begin(now: Instant, wire: Wire): void {
    const { crypto, settings } = this.#options;
    const { outbox } = this.#connection;
    this.#own = {
      socketId: (random32(crypto) & SOCKET_ID_MASK) | 1,
      initialSequence: randomSequence(crypto),
      cookie: random32(crypto) || 1,
      peerAddress: NO_ADDRESS,
    };
    outbox.startedAt = now;
    outbox.peerSocketId = 0;
    this.#connection.socketId = this.#own.socketId;
    this.#keys = initiatorKeys(crypto, this.#settings);
    const request = conclusionRequest(crypto, this.#settings, this.#own, this.#keys);
    this.#asked = request.extensions.keyRequest;
    this.#request = writeHandshake(request);
    this.#response = undefined;
    this.#agreed = undefined;
    this.#callEndsAt = after(now, PATIENCE * settings.connectTimeout);
    this.#state = "waving";
    this.#say(this.#plain(WAVEAHAND), now, wire);
  }

  /** A handshake without extensions. */
  #plain(requestType: number): Uint8Array {
    return writeHandshake({ ...handshakeOf(this.#settings, this.#own), requestType });
  }

  /** Says it, and again every quarter of a second. */
  #say(words: Uint8Array, now: Instant, wire: Wire): void {
    this.#words = words;
    this.#connection.outbox.whole(wire, HANDSHAKE, 0, words, now);
    this.#dueAt = after(now, HANDSHAKE_INTERVAL);
  }

  #handshake(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.#state === "connected") {
      // It has not heard that we are done; nothing that was agreed on is agreed on again.
      if (handshake.requestType === CONCLUSION && handshake.socketId === this.#connection.outbox.peerSocketId) {
        this.#connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(AGREEMENT), now);
      }
      return;
    }
    const role = handshake.requestType >= FIRST_REJECTION ? 0 : contest(this.#own.cookie, handshake.cookie);
    if (handshake.requestType >= FIRST_REJECTION) {
      this.#refused("peer", rejectCode(handshake.requestType), now);
    } else if (handshake.requestType > WAVEAHAND) {
      this.#refuse(REJECT.rogue, handshake, now, wire);
    } else if (handshake.version < 5) {
      this.#refuse(REJECT.version, handshake, now, wire);
    } else if (handshake.cookie !== 0 && role === 0) {
      this.#refuse(REJECT.rendezvousCookie, handshake, now, wire);
    } else if (handshake.cookie !== 0) {
      this.#connection.outbox.peerSocketId = handshake.socketId;
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
      const agreed = conclude(this.#settings, this.#own, this.#keys, this.#asked, handshake, stamp, now);
      if (typeof agreed === "number") {
        this.#refuse(agreed, handshake, now, wire);
        return;
      }
      this.#connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(AGREEMENT), now);
      this.#connect(agreed, now);
    } else if (requestType === WAVEAHAND || requestType === CONCLUSION) {
      this.#state = this.#state === "waving" && requestType === CONCLUSION ? "fine" : this.#state === "waving" ? "attention" : this.#state;
      this.#say(this.#request, now, wire);
    }
  }

  /** The part of the one who answers. */
  #answer(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    const { requestType, extensions } = handshake;
    if (requestType === AGREEMENT) {
      if (this.#agreed !== undefined) {
        this.#connect(this.#agreed, now);
      }
    } else if (requestType === CONCLUSION && extensions.request !== undefined) {
      this.#respond(handshake, stamp, now, wire);
    } else {
      this.#state = this.#state === "waving" ? "attention" : this.#state;
      this.#say(this.#response ?? this.#plain(CONCLUSION), now, wire);
    }
  }

  #respond(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.#response === undefined) {
      const response = respond(this.#options.crypto, this.#settings, this.#own, handshake, stamp, now);
      if (typeof response === "number") {
        this.#refuse(response, handshake, now, wire);
        return;
      }
      this.#response = writeHandshake(response.handshake);
      this.#agreed = response.agreement;
    }
    this.#state = this.#state === "waving" ? "fine" : this.#state === "attention" ? "initiated" : this.#state;
    this.#say(this.#response, now, wire);
  }

  #connect(agreed: Agreement, now: Instant): void {
    this.#state = "connected";
    this.#connection.open(agreed, now);
    this.#reporter.connected(this.#connection);
  }

  #refuse(code: number, handshake: Handshake, now: Instant, wire: Wire): void {
    this.#connection.outbox.peerSocketId = handshake.socketId;
    this.#connection.outbox.whole(wire, HANDSHAKE, 0, this.#plain(FIRST_REJECTION + code), now);
    this.#refused("us", code, now);
  }

  #refused(by: "us" | "peer", code: number, now: Instant): void {
    this.#reporter.refused(0, by, code);
    this.#wait(now);
  }

  /** Sees whether the connection has ended. */
  #look(now: Instant): void {
    const { ending } = this.#connection;
    if (this.#state === "connected" && !this.#connection.isOpen) {
      this.#reporter.disconnected(this.#connection, ending ?? "shutdown");
      this.#wait(now);
    }
  }

  #wait(now: Instant): void {
    this.#state = "waiting";
    this.#dueAt = after(now, this.#options.settings.retryInterval);
    this.#callEndsAt = NEVER;
  }
}

/** Who asks: 1 when we do, -1 when the other does, 0 when nobody can tell. Cookies are compared as signed numbers that go round. */
const contest = (own: number, peer: number): number => {
  const difference = (own - peer) | 0;
  return difference === -(2 ** 31) ? Math.sign((own | 0) - (peer | 0)) : Math.sign(difference);
};
