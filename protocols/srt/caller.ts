import type { PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import { Connection } from "./connection.ts";
import { random32, randomSequence, Reporter, type Endpoint, type EndpointOptions } from "./endpoint.ts";
import { CONCLUSION, DATAGRAM, FIRST_REJECTION, INDUCTION, MAGIC, readHandshake, writeHandshake, type Handshake } from "./handshake.ts";
import { initialSequenceOf } from "./group/membership.ts";
import type { GroupBlock } from "./handshake-extensions.ts";
import type { KeySet } from "./key-exchange.ts";
import { conclude, conclusionRequest, handshakeOf, initiatorKeys, type OwnSide } from "./negotiation.ts";
import { controlType, destinationSocket, HANDSHAKE, HEADER_SIZE, isControl, packetTimestamp, SHUTDOWN } from "./packet.ts";
import { REJECT, rejectCode } from "./reject-reason.ts";
import { HANDSHAKE_INTERVAL } from "./settings.ts";

const SOCKET_ID_MASK = 0x3fff_ffff;
const NO_ADDRESS = new Uint8Array(16);

/** Calls a listener on a connected socket, and calls again when the connection ends or was refused, after a pause. */
export class Caller implements Endpoint {
  readonly connections: readonly Connection[];
  readonly #options: EndpointOptions;
  readonly #reporter: Reporter;
  readonly #connection: Connection;
  #state: "waiting" | "inducting" | "concluding" | "connected" = "waiting";
  /** When the next call begins, or the last handshake is sent again. */
  #dueAt: Instant = instant(0);
  #callEndsAt: Instant = NEVER;
  #own: OwnSide = { socketId: 0, initialSequence: 0, cookie: 0, peerAddress: NO_ADDRESS };
  #keys: KeySet | undefined;
  #asked: Uint8Array | undefined;
  /** The body of the handshake that is repeated. */
  #words: Uint8Array = NO_ADDRESS;

  /** Throws the Fault `arena_exhausted`. */
  constructor(options: EndpointOptions) {
    const { memory, crypto, settings, meters, direction, group } = options;
    this.#options = options;
    this.#reporter = new Reporter(options);
    this.#connection = new Connection(memory, crypto, settings, meters, direction, group);
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
        this.#call(now, wire);
      }
    } else if (now >= this.#callEndsAt) {
      this.#refused("peer", REJECT.timeout, now);
    } else if (now >= this.#dueAt) {
      this.#say(now, wire);
    }
  }

  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void {
    if (this.#connection.isOpen) {
      this.#connection.submit(ring, first, end, now, wire);
    } else {
      this.#options.meters.unconnectedDropped.add(this.#options.group?.send?.missed(first, end) ?? end - first);
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
    // Listeners before 1.3.1 answer a conclusion without our ID.
    if (destination !== this.#own.socketId && !(isHandshake && destination === 0 && this.#state === "concluding")) {
      meters.packetsFiltered.add(1);
    } else if (isHandshake) {
      const handshake = readHandshake(bytes, at + HEADER_SIZE, length - HEADER_SIZE);
      if (handshake === undefined) {
        meters.packetsMalformed.add(1);
      } else {
        this.#handshake(handshake, packetTimestamp(bytes, at), now, wire);
      }
    } else if (this.#connection.isOpen) {
      this.#connection.receive(at, length, now, wire);
    } else if (this.#state === "concluding" && isControl(bytes, at) && controlType(bytes, at) === SHUTDOWN) {
      this.#refused("peer", REJECT.version, now);
    } else {
      meters.packetsFiltered.add(1);
    }
  }

  #call(now: Instant, wire: Wire): void {
    const { crypto, settings, group } = this.#options;
    const { outbox } = this.#connection;
    this.#own = {
      socketId: (random32(crypto) & SOCKET_ID_MASK) | 1,
      initialSequence: group === undefined ? randomSequence(crypto) : initialSequenceOf(group),
      cookie: 0,
      peerAddress: NO_ADDRESS,
    };
    outbox.startedAt = group?.identity.startedAt(now) ?? now;
    outbox.peerSocketId = 0;
    this.#connection.socketId = this.#own.socketId;
    this.#callEndsAt = after(now, settings.connectTimeout);
    this.#state = "inducting";
    this.#words = writeHandshake({
      ...handshakeOf(settings, this.#own),
      version: 4,
      encryption: 0,
      extension: DATAGRAM,
      requestType: INDUCTION,
    });
    this.#say(now, wire);
  }

  #say(now: Instant, wire: Wire): void {
    this.#connection.outbox.whole(wire, HANDSHAKE, 0, this.#words, now);
    this.#dueAt = after(now, HANDSHAKE_INTERVAL);
  }

  #handshake(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    if (this.#state === "connected" || this.#state === "waiting") {
      // A late repetition: nothing that was agreed on is agreed on again.
      this.#options.meters.packetsFiltered.add(1);
    } else if (handshake.requestType >= FIRST_REJECTION) {
      this.#refused("peer", rejectCode(handshake.requestType), now);
    } else if (this.#state === "inducting" && handshake.requestType === INDUCTION) {
      this.#inducted(handshake, now, wire);
    } else if (this.#state === "concluding" && handshake.requestType === CONCLUSION) {
      this.#concluded(handshake, stamp, now, wire);
    } else {
      this.#options.meters.packetsFiltered.add(1);
    }
  }

  #inducted(handshake: Handshake, now: Instant, wire: Wire): void {
    const { crypto, settings } = this.#options;
    if (handshake.version < 5) {
      this.#refused("us", REJECT.version, now);
      return;
    }
    if (handshake.extension !== MAGIC) {
      this.#refused("us", REJECT.rogue, now);
      return;
    }
    this.#own = { ...this.#own, cookie: handshake.cookie };
    this.#keys = initiatorKeys(crypto, settings);
    const request = conclusionRequest(crypto, settings, this.#own, this.#keys, this.#block);
    this.#asked = request.extensions.keyRequest;
    this.#words = writeHandshake(request);
    this.#state = "concluding";
    this.#say(now, wire);
  }

  #concluded(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void {
    const isOurs = handshake.initialSequence === this.#own.initialSequence;
    const concluded = isOurs
      ? conclude(this.#options.settings, this.#own, this.#keys, this.#asked, handshake, stamp, now, this.#block)
      : REJECT.rogue;
    const agreed = this.#admitted(handshake, now) ?? concluded;
    if (typeof agreed === "number") {
      this.#connection.outbox.peerSocketId = handshake.socketId;
      this.#connection.outbox.empty(wire, SHUTDOWN, 0, now);
      this.#refused("us", agreed, now);
      return;
    }
    this.#state = "connected";
    this.#connection.open(agreed, now);
    this.#reporter.connected(this.#connection);
  }

  get #block(): GroupBlock | undefined {
    const { group } = this.#options;
    return group?.identity.block(group.weight);
  }

  /** The other side's group must be that of the other links; the code of a refusal when it is not. */
  #admitted({ extensions }: Handshake, now: Instant): number | undefined {
    const identity = this.#options.group?.identity;
    const code = identity?.refusal(extensions.group, now);
    if (code === undefined && extensions.group !== undefined) {
      identity?.admit(extensions.group);
    }
    return code;
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
    this.#keys = undefined;
    this.#asked = undefined;
  }
}
