import type { PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Agreement } from "./agreement.ts";
import { Connection } from "./connection.ts";
import { random32, randomSequence, Reporter, type Endpoint, type EndpointOptions } from "./endpoint.ts";
import { initialSequenceOf } from "./group/membership.ts";
import { readHandshake, type Handshake } from "./handshake.ts";
import type { KeySet } from "./key-exchange.ts";
import type { OwnSide } from "./negotiation.ts";
import { HANDSHAKE, HEADER_SIZE, packetTimestamp } from "./packet.ts";
import { REJECT } from "./reject-reason.ts";
import { HANDSHAKE_INTERVAL } from "./settings.ts";

const SOCKET_ID_MASK = 0x3fff_ffff;
export const NO_ADDRESS = new Uint8Array(16);

/**
 * A socket with one peer, whose address it knows: it begins, repeats its handshake until that is answered or its time is over, and begins
 * anew, after a pause, when the connection ends or was refused. What is said in the handshake is its children's.
 */
export abstract class OnePeer<Step extends string> implements Endpoint {
  readonly connections: readonly Connection[];
  protected readonly options: EndpointOptions;
  protected readonly connection: Connection;
  /** waiting: for the time of the next call. */
  protected state: "waiting" | "connected" | Step = "waiting";
  protected own: OwnSide = { socketId: 0, initialSequence: 0, cookie: 0, peerAddress: NO_ADDRESS };
  /** What we ask with, where we are the one who asks. */
  protected keys: KeySet | undefined;
  protected asked: Uint8Array | undefined;
  readonly #reporter: Reporter;
  /** When the next call begins, or the last handshake is sent again. */
  #dueAt: Instant = instant(0);
  #callEndsAt: Instant = NEVER;
  /** The body of the handshake that is repeated. */
  #words: Uint8Array = NO_ADDRESS;
  /** When it was said, if that was only once: then an answer shows how long one takes. */
  #saidAt: Instant = NEVER;

  /** Throws the Fault `arena_exhausted`. */
  constructor(options: EndpointOptions) {
    const { memory, crypto, settings, meters, direction, group } = options;
    this.options = options;
    this.#reporter = new Reporter(options);
    this.connection = new Connection(memory, crypto, settings, meters, direction, group);
    this.connections = [this.connection];
  }

  get step(): string {
    return this.state;
  }

  get deadline(): Instant {
    const { deadline } = this.connection;
    return this.state === "connected" ? deadline : instant(Math.min(this.#dueAt, this.#callEndsAt, deadline));
  }

  receive(batch: PacketBatch, now: Instant, wire: Wire): void {
    this.connection.turn();
    for (let i = 0; i < batch.count; i++) {
      const length = batch.length[i] ?? 0;
      if (length < HEADER_SIZE) {
        this.options.meters.packetsMalformed.add(1);
      } else {
        this.take(batch.offset[i] ?? 0, length, now, wire);
      }
    }
    this.#look(now);
    if (this.connection.isOpen) {
      this.connection.finish(now, wire);
    }
  }

  expire(now: Instant, wire: Wire): void {
    this.connection.turn();
    if (this.state === "connected") {
      this.connection.expire(now, wire);
      this.#look(now);
    } else if (this.state === "waiting") {
      if (now >= this.#dueAt) {
        this.call(now, wire);
      }
    } else if (now >= this.#callEndsAt) {
      this.refused("peer", REJECT.timeout, now);
    } else if (now >= this.#dueAt) {
      this.say(this.#words, now, wire);
    }
  }

  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void {
    if (this.connection.isOpen) {
      this.connection.submit(ring, first, end, now, wire);
    } else {
      this.options.meters.unconnectedDropped.add(this.options.group?.send?.missed(first, end) ?? end - first);
    }
  }

  farewell(now: Instant, wire: Wire): void {
    this.connection.shutDown(now, wire);
  }

  close(): void {
    this.connection.close();
  }

  /** A packet that is long enough for its header. */
  protected abstract take(at: number, length: number, now: Instant, wire: Wire): void;

  /** Begins: `prepare`, and the first handshake. */
  protected abstract call(now: Instant, wire: Wire): void;

  /** A handshake that is well formed, and the time that it bears. */
  protected abstract handshake(handshake: Handshake, stamp: number, now: Instant, wire: Wire): void;

  /** A new socket for a new call, which lasts at most until `endsAt`. */
  protected prepare(step: Step, cookie: number, endsAt: Instant, now: Instant): void {
    const { crypto, group } = this.options;
    const { outbox } = this.connection;
    const socketId = (random32(crypto) & SOCKET_ID_MASK) | 1;
    const initialSequence = group === undefined ? randomSequence(crypto) : initialSequenceOf(group);
    this.own = { socketId, initialSequence, cookie, peerAddress: NO_ADDRESS };
    outbox.startedAt = group?.identity.startedAt(now) ?? now;
    outbox.peerSocketId = 0;
    this.connection.socketId = socketId;
    this.#callEndsAt = endsAt;
    this.state = step;
  }

  /** Says it, and again every quarter of a second. */
  protected say(words: Uint8Array, now: Instant, wire: Wire): void {
    this.#saidAt = words === this.#words ? NEVER : now;
    this.#words = words;
    this.connection.outbox.whole(wire, HANDSHAKE, 0, words, now);
    this.#dueAt = after(now, HANDSHAKE_INTERVAL);
  }

  /** A handshake packet. */
  protected read(at: number, length: number, now: Instant, wire: Wire): void {
    const { bytes } = this.options.memory;
    const handshake = readHandshake(bytes, at + HEADER_SIZE, length - HEADER_SIZE);
    if (handshake === undefined) {
      this.options.meters.packetsMalformed.add(1);
    } else {
      this.handshake(handshake, packetTimestamp(bytes, at), now, wire);
    }
  }

  protected connect(agreed: Agreement, now: Instant): void {
    this.state = "connected";
    this.connection.open(agreed, now);
    this.#reporter.connected(this.connection);
  }

  /** What came now answers what was said last. */
  protected answered(now: Instant): void {
    if (this.#saidAt !== NEVER) {
      this.connection.rtt.guess(now - this.#saidAt);
    }
  }

  protected refused(by: "us" | "peer", code: number, now: Instant): void {
    this.#reporter.refused(0, by, code);
    this.#wait(now);
  }

  /** Sees whether the connection has ended. */
  #look(now: Instant): void {
    const { ending } = this.connection;
    if (this.state === "connected" && !this.connection.isOpen) {
      this.#reporter.disconnected(this.connection, ending ?? "shutdown");
      this.#wait(now);
    }
  }

  #wait(now: Instant): void {
    this.state = "waiting";
    this.#dueAt = after(now, this.options.settings.retryInterval);
    this.#callEndsAt = NEVER;
    this.keys = undefined;
    this.asked = undefined;
  }
}
