import type { PacketBatch, PacketRing, SenderMachine, Wire } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Endpoint } from "./endpoint.ts";
import { nextStep, PATIENCE } from "./step.ts";

/** An SRT socket that gives media out: each unit of a bus is a message, to everybody who is connected. */
export class SrtSender implements SenderMachine {
  readonly patience = PATIENCE;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get deadline(): Instant {
    return nextStep(this.#endpoint.deadline);
  }

  emit(ring: PacketRing, first: number, end: number, wire: Wire, now: Instant): void {
    this.#endpoint.submit(ring, first, end, now, wire);
  }

  receive(batch: PacketBatch, now: Instant, wire: Wire): void {
    this.#endpoint.receive(batch, now, wire);
  }

  expire(now: Instant, wire: Wire): void {
    this.#endpoint.expire(now, wire);
  }

  /** Tells the peers that it is over. */
  farewell(now: Instant, wire: Wire): void {
    this.#endpoint.farewell(now, wire);
  }

  close(): void {
    this.#endpoint.close();
  }
}
