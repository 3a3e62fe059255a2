import { check } from "@bilbycast/foundation/check";
import { PacketBatch, type MediaMachine, type Wire } from "@bilbycast/foundation/packets";
import { instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Endpoint } from "./endpoint.ts";
import { nextStep, PATIENCE } from "./step.ts";

/** Rows that `out` must have at least. */
const LEAST_ROWS = 16;
/** Payloads that one call lets out where units are made of them; the rest comes with the next. */
const PAYLOADS = 1_024;

/**
 * An SRT socket that takes media in: what its peers send comes out in order, each packet at its time. `units`, where there is one, makes
 * units of the payloads.
 */
export class SrtReceiver implements MediaMachine {
  readonly patience = PATIENCE;
  readonly #endpoint: Endpoint;
  readonly #units: MediaMachine | undefined;
  readonly #payloads = new PacketBatch(PAYLOADS);

  constructor(endpoint: Endpoint, units?: MediaMachine) {
    this.#endpoint = endpoint;
    this.#units = units;
  }

  get deadline(): Instant {
    return nextStep(instant(Math.min(this.#endpoint.deadline, this.#units?.deadline ?? NEVER)));
  }

  receive(batch: PacketBatch, now: Instant, out: PacketBatch, reply: Wire): void {
    check(out.capacity >= LEAST_ROWS, "a batch has room for payloads");
    this.#endpoint.receive(batch, now, reply);
    this.#release(now, out, reply);
  }

  expire(now: Instant, out: PacketBatch, reply: Wire): void {
    this.#endpoint.expire(now, reply);
    this.#release(now, out, reply);
  }

  /** Tells the peers that it is over. */
  farewell(now: Instant, reply: Wire): void {
    this.#endpoint.farewell(now, reply);
  }

  close(): void {
    this.#endpoint.close();
    this.#units?.close();
  }

  #release(now: Instant, out: PacketBatch, reply: Wire): void {
    const units = this.#units;
    const payloads = units === undefined ? out : this.#payloads;
    if (units !== undefined) {
      payloads.clear();
    }
    for (const connection of this.#endpoint.connections) {
      connection.release(now, payloads);
    }
    if (units !== undefined && payloads.count > 0) {
      units.receive(payloads, now, out, reply);
    } else if (units !== undefined && units.deadline <= now) {
      units.expire(now, out, reply);
    }
  }
}
