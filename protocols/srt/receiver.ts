import { check } from "@bilbycast/foundation/check";
import type { MediaMachine, PacketBatch, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Endpoint } from "./endpoint.ts";

/** Rows that `out` must have at least. */
const LEAST_ROWS = 16;

/** An SRT socket that takes media in: what its peers send comes out in order, each packet at its time. */
export class SrtReceiver implements MediaMachine {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get deadline(): Instant {
    return this.#endpoint.deadline;
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    check(out.capacity >= LEAST_ROWS, "a batch has room for payloads");
    this.#endpoint.receive(batch, now, reply);
    this.#release(now, out);
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#endpoint.expire(now, reply);
    this.#release(now, out);
  }

  /** Tells the peers that it is over. */
  farewell(now: Instant, reply: Wire): void {
    this.#endpoint.farewell(now, reply);
  }

  close(): void {
    this.#endpoint.close();
  }

  #release(now: Instant, out: PacketBatch): void {
    for (const connection of this.#endpoint.connections) {
      connection.release(now, out);
    }
  }
}
