import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Memory, PacketBatch, PacketRing, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Connection, Direction } from "./connection.ts";
import type { Membership } from "./group/membership.ts";
import { versionText, type ReportEvent, type SrtEvent } from "./events.ts";
import type { SrtMeters } from "./meters.ts";
import { peerText } from "./peer-address.ts";
import { rejectReason } from "./reject-reason.ts";
import type { SharedPort } from "./shared-port.ts";
import type { SrtSettings } from "./settings.ts";

/** What every socket is made with. */
export type EndpointOptions = {
  memory: Memory;
  crypto: Crypto;
  settings: SrtSettings;
  meters: SrtMeters;
  direction: Direction;
  report: ReportEvent;
  /** Where the socket is a link of a group. */
  group?: Membership;
  /** Where it is one of several listeners of its port. */
  port?: SharedPort;
};

/** A socket, whatever its part in the handshake: its connections, and what keeps them. */
export type Endpoint = {
  readonly connections: readonly Connection[];
  /** Where it stands, by the protocol's own name for it. */
  readonly step: string;
  readonly deadline: Instant;
  receive(batch: PacketBatch, now: Instant, wire: Wire): void;
  expire(now: Instant, wire: Wire): void;
  submit(ring: PacketRing, first: number, end: number, now: Instant, wire: Wire): void;
  /** Tells all peers that it is over. */
  farewell(now: Instant, wire: Wire): void;
  close(): void;
};

/** Random bits for socket IDs, sequence numbers and cookies. */
export const random32 = (crypto: Crypto): number => {
  const bytes = crypto.random(new Uint8Array(4));
  return (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
};

/** First sequence numbers are random, below 2^31 - 1. */
export const randomSequence = (crypto: Crypto): number => random32(crypto) % 0x7fff_ffff;

/** Counts the connections that stand, and says what happened once, not each time that it happens again. */
export class Reporter {
  readonly #memory: Memory;
  readonly #meters: SrtMeters;
  readonly #report: ReportEvent;
  readonly #port: SharedPort | undefined;
  #last = -1;
  #open = 0;

  constructor({ memory, meters, report, port }: EndpointOptions) {
    this.#port = port;
    this.#memory = memory;
    this.#meters = meters;
    this.#report = report;
  }

  connected(connection: Connection): void {
    const { agreement, outbox } = connection;
    if (agreement === undefined) {
      return;
    }
    this.#meters.connections.add(1);
    this.#stand(this.#open + 1);
    this.#say({
      event: "connected",
      peer: peerText(this.#memory.bytes, outbox.peer),
      peerVersion: versionText(agreement.peerVersion),
      streamId: agreement.streamId,
      encryption: (agreement.keys?.keyLength ?? 0) * 8,
      receiveLatencyMs: agreement.receiveLatencyMs,
      sendLatencyMs: agreement.sendLatencyMs,
    });
  }

  disconnected(connection: Connection, reason: "shutdown" | "idle" | "replaced" | "astray"): void {
    this.#stand(this.#open - 1);
    this.#say({ event: "disconnected", peer: peerText(this.#memory.bytes, connection.outbox.peer), reason });
  }

  /** `peer`: offset of the other's address. */
  refused(peer: number, by: "us" | "peer", code: number): void {
    this.#meters.handshakesRefused.add(1);
    if (code !== this.#last) {
      this.#say({ event: "refused", peer: peerText(this.#memory.bytes, peer), by, reason: rejectReason(code), code });
      this.#last = code;
    }
  }

  #stand(open: number): void {
    this.#open = open;
    this.#meters.connectionsOpen.set(open);
    this.#port?.opened(open);
  }

  #say(event: SrtEvent): void {
    this.#last = -1;
    this.#report(event);
  }
}
