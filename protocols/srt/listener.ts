import type { PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, milliseconds, NEVER, type Instant } from "@bilbycast/foundation/time";
import { Connection } from "./connection.ts";
import { CookieMaker } from "./cookie.ts";
import { random32, Reporter, type Endpoint, type EndpointOptions } from "./endpoint.ts";
import { CONCLUSION, FIRST_REJECTION, INDUCTION, MAGIC, readHandshake, writeHandshake, type Handshake } from "./handshake.ts";
import { handshakeOf, respond, type Access, type OwnSide } from "./negotiation.ts";
import { Outbox } from "./outbox.ts";
import { controlType, destinationSocket, HANDSHAKE, HEADER_SIZE, isControl, packetTimestamp } from "./packet.ts";
import { ADDRESS_SIZE, handshakeAddress, isSamePeer } from "./peer-address.ts";
import { REJECT } from "./reject-reason.ts";
import type { SharedPort } from "./shared-port.ts";
import { streamRefusal } from "./stream-id.ts";

/**
 * The lowest bits of a socket ID are the number of its connection, and of the listener where a port has several; a bit above keeps it from
 * being 0, another is of groups.
 */
const INDEX_BITS = 8;
const MOST_CONNECTIONS = 2 ** INDEX_BITS;
const INDEX_MASK = MOST_CONNECTIONS - 1;
const RANDOM_MASK = 0x1fff_ff00;
const NEVER_ZERO = 0x2000_0000;

/** A connection that was silent for so long gives its place to a new caller; whether it is alive is seen while the caller repeats itself. */
const PROBABLY_DEAD = milliseconds(1_500);
const KNOCK_LASTS = milliseconds(3_000);

type Place = { connection: Connection; address: number; response: Uint8Array; initialSequence: number };

/** Waits for callers on a socket that hears everybody. It keeps nothing of anybody who has not shown that the address is right. */
export class Listener implements Endpoint {
  readonly connections: readonly Connection[];
  readonly #options: EndpointOptions;
  readonly #reporter: Reporter;
  readonly #cookies: CookieMaker;
  readonly #places: readonly Place[];
  readonly #port: SharedPort | undefined;
  /** By what it asks for, and by which side of a stream it wants to be. */
  readonly #access: Access;
  /** When somebody first called while no place was free: what is heard from a connection after that shows that it is alive. */
  #knockedAt: Instant = instant(-KNOCK_LASTS);
  /** What is said to those who have no connection. */
  readonly #outbox: Outbox;

  /** `most`: connections at the same time, 1 to 256; where the port has several listeners it is said there. Throws the Fault `arena_exhausted`. */
  constructor(options: EndpointOptions, most: number) {
    const { memory, crypto, settings, meters, direction, group, port } = options;
    this.#options = options;
    this.#reporter = new Reporter(options);
    this.#cookies = new CookieMaker(crypto, port);
    this.#port = port;
    this.#outbox = new Outbox(memory);
    const mode = direction === "receive" ? "publish" : "request";
    this.#access = (streamId) => streamRefusal(settings.streamId, streamId, mode);
    this.#places = Array.from({ length: Math.min(port?.most ?? most, MOST_CONNECTIONS) }, (_, i) => ({
      connection: new Connection(memory, crypto, settings, group?.meters?.[i] ?? meters, direction, group),
      address: memory.reserve(ADDRESS_SIZE),
      response: new Uint8Array(0),
      initialSequence: 0,
    }));
    this.connections = this.#places.map(({ connection }) => connection);
  }

  /** Callers that have not shown their address leave no trace. */
  get step(): "listening" | "connected" {
    return this.connections.some(({ isOpen }) => isOpen) ? "connected" : "listening";
  }

  get deadline(): Instant {
    let earliest: number = NEVER;
    for (const connection of this.connections) {
      earliest = Math.min(earliest, connection.deadline);
    }
    return instant(earliest);
  }

  receive(batch: PacketBatch, now: Instant, wire: Wire): void {
    for (const connection of this.connections) {
      connection.turn();
    }
    for (let i = 0; i < batch.count; i++) {
      this.#take(batch.offset[i] ?? 0, batch.length[i] ?? 0, batch.peer[i] ?? 0, now, wire);
    }
    for (const connection of this.connections) {
      this.#look(connection);
      if (connection.isOpen) {
        connection.finish(now, wire);
      }
    }
  }

  expire(now: Instant, wire: Wire): void {
    for (const connection of this.connections) {
      connection.turn();
      if (connection.isOpen && connection.deadline <= now) {
        connection.expire(now, wire);
      }
      this.#look(connection);
    }
  }

  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void {
    let open = 0;
    for (const connection of this.connections) {
      if (connection.isOpen) {
        connection.submit(ring, first, end, now, wire);
        open++;
      }
    }
    // With several listeners the first one counts what none of them sends.
    if (open === 0 && (this.#port === undefined || (this.#port.index === 0 && this.#port.isDeserted))) {
      this.#options.meters.unconnectedDropped.add(this.#options.group?.send?.missed(first, end) ?? end - first);
    }
  }

  farewell(now: Instant, wire: Wire): void {
    for (const connection of this.connections) {
      connection.shutDown(now, wire);
    }
  }

  close(): void {
    for (const { connection, address } of this.#places) {
      connection.close();
      this.#options.memory.release(address);
    }
  }

  #take(at: number, length: number, peer: number, now: Instant, wire: Wire): void {
    const { memory, meters } = this.#options;
    const { bytes } = memory;
    if (length < HEADER_SIZE) {
      meters.packetsMalformed.add(1);
      return;
    }
    const destination = destinationSocket(bytes, at);
    const isHandshake = isControl(bytes, at) && controlType(bytes, at) === HANDSHAKE;
    const connection = destination === 0 ? undefined : this.connections[this.#port?.placeOf(destination) ?? destination & INDEX_MASK];
    if (destination === 0 && isHandshake) {
      const handshake = readHandshake(bytes, at + HEADER_SIZE, length - HEADER_SIZE);
      if (handshake === undefined) {
        meters.packetsMalformed.add(1);
      } else {
        this.#handshake(handshake, packetTimestamp(bytes, at), peer, now, wire);
      }
    } else if (
      connection === undefined ||
      !connection.isOpen ||
      connection.socketId !== destination ||
      isHandshake ||
      !isSamePeer(bytes, connection.outbox.peer, peer)
    ) {
      meters.packetsFiltered.add(1);
    } else {
      connection.receive(at, length, now, wire);
    }
  }

  #handshake(handshake: Handshake, stamp: number, peer: number, now: Instant, wire: Wire): void {
    const { bytes } = this.#options.memory;
    if (handshake.requestType === INDUCTION) {
      if (this.#port?.answers(now) !== false) {
        this.#induct(handshake, peer, now, wire);
      }
    } else if (handshake.requestType !== CONCLUSION || !this.#cookies.isRight(handshake.cookie, bytes, peer, now)) {
      this.#options.meters.packetsFiltered.add(1);
    } else if (!this.#repeat(handshake, peer, now, wire)) {
      this.#conclude(handshake, stamp, peer, now, wire);
    }
  }

  /** Offers version 5 and a cookie, and forgets the caller. */
  #induct(request: Handshake, peer: number, now: Instant, wire: Wire): void {
    const { memory, settings } = this.#options;
    const cookie = this.#cookies.cookie(memory.bytes, peer, now);
    this.#answer(
      {
        ...request,
        version: 5,
        encryption: handshakeOf(settings, OURS).encryption,
        extension: MAGIC,
        cookie,
        peerAddress: handshakeAddress(memory.bytes, peer),
        extensions: {},
      },
      request.socketId,
      peer,
      now,
      wire,
    );
  }

  /** A conclusion that was answered before is answered in the same words. */
  #repeat({ socketId, initialSequence }: Handshake, peer: number, now: Instant, wire: Wire): boolean {
    const { bytes } = this.#options.memory;
    const place = this.#places.find(
      ({ connection, initialSequence: first }) =>
        connection.agreement?.peerSocketId === socketId && first === initialSequence && isSamePeer(bytes, connection.outbox.peer, peer),
    );
    if (place === undefined) {
      return false;
    }
    place.connection.outbox.whole(wire, HANDSHAKE, 0, place.response, now);
    return true;
  }

  #conclude(request: Handshake, stamp: number, peer: number, now: Instant, wire: Wire): void {
    const { memory, crypto, settings } = this.#options;
    const index = this.#placeFor(now);
    const place = this.#places[index];
    if (place === undefined) {
      if (index === FULL) {
        this.#refuse(request, REJECT.backlog, peer, now, wire);
      }
      return;
    }
    const own: OwnSide = {
      socketId: (random32(crypto) & RANDOM_MASK) | NEVER_ZERO | (this.#port?.name(index) ?? index),
      initialSequence: request.initialSequence,
      cookie: request.cookie,
      peerAddress: handshakeAddress(memory.bytes, peer),
    };
    const { group } = this.#options;
    const stranger = group?.identity.refusal(request.extensions.group, now);
    const block = group?.identity.block(group.weight);
    const response = stranger ?? respond(crypto, settings, own, request, stamp, now, this.#access, block);
    if (typeof response === "number") {
      this.#refuse(request, response, peer, now, wire);
      return;
    }
    if (request.extensions.group !== undefined) {
      group?.identity.admit(request.extensions.group);
    }
    const { connection, address } = place;
    if (connection.isOpen) {
      connection.shutDown(now, wire);
      this.#reporter.disconnected(connection, "replaced");
    }
    // What was queued for the old peer still names its address.
    wire.ensure(1, 0);
    memory.copy(address, peer, ADDRESS_SIZE);
    place.response = writeHandshake(response.handshake);
    place.initialSequence = request.initialSequence;
    connection.socketId = own.socketId;
    connection.outbox.peer = peer === 0 ? 0 : address;
    connection.outbox.startedAt = group?.identity.startedAt(now) ?? now;
    connection.open(response.agreement, now);
    connection.outbox.whole(wire, HANDSHAKE, 0, place.response, now);
    this.#reporter.connected(connection);
  }

  /** A free place, or that of a connection which is probably dead; WAIT while that is not clear, FULL when there is none. */
  #placeFor(now: Instant): number {
    const free = this.connections.findIndex(({ isOpen }) => !isOpen);
    if (free >= 0) {
      return free;
    }
    let oldest = 0;
    for (const [i, { lastHeardAt }] of this.connections.entries()) {
      oldest = lastHeardAt < (this.connections[oldest]?.lastHeardAt ?? now) ? i : oldest;
    }
    const heardAt = this.connections[oldest]?.lastHeardAt ?? now;
    if (now >= after(heardAt, PROBABLY_DEAD)) {
      return oldest;
    }
    if (now >= after(this.#knockedAt, KNOCK_LASTS)) {
      this.#knockedAt = now;
    }
    return heardAt > this.#knockedAt ? FULL : WAIT;
  }

  #refuse(request: Handshake, code: number, peer: number, now: Instant, wire: Wire): void {
    this.#answer({ ...request, requestType: FIRST_REJECTION + code, extension: 0, extensions: {} }, request.socketId, peer, now, wire);
    this.#reporter.refused(peer, "us", code);
  }

  #answer(handshake: Handshake, socketId: number, peer: number, now: Instant, wire: Wire): void {
    this.#outbox.peer = peer;
    this.#outbox.peerSocketId = socketId;
    this.#outbox.whole(wire, HANDSHAKE, 0, writeHandshake(handshake), now);
  }

  /** Sees whether a connection has ended. */
  #look(connection: Connection): void {
    const { ending } = connection;
    if (ending !== undefined && !connection.isOpen) {
      connection.ending = undefined;
      this.#reporter.disconnected(connection, ending);
    }
  }
}

/** No place is free, and whether one will be is not known yet; or surely none is. */
const WAIT = -1;
const FULL = -2;

const OURS: OwnSide = { socketId: 0, initialSequence: 0, cookie: 0, peerAddress: new Uint8Array(16) };
