import { check } from "@bilbycast/foundation/check";
import { PacketBatch, type MediaMachine, type Wire } from "@bilbycast/foundation/packets";
import { instant, NEVER, type Instant } from "@bilbycast/foundation/time";
import type { Endpoint } from "../endpoint.ts";
import type { ReceiveGroup } from "./receive-group.ts";

const LEAST_ROWS = 16;
const PAYLOADS = 1_024;

/** Makes units of what a group delivers, whichever socket it came by. */
export type GroupUnits = { machine: MediaMachine; users: number };

/** One socket of a group that takes media in: whatever the group has to deliver comes out of that socket whose turn it is. */
export class GroupReceiver implements MediaMachine {
  readonly #endpoint: Endpoint;
  readonly #group: ReceiveGroup;
  readonly #units: GroupUnits | undefined;
  readonly #payloads = new PacketBatch(PAYLOADS);

  constructor(endpoint: Endpoint, group: ReceiveGroup, units?: GroupUnits) {
    this.#endpoint = endpoint;
    this.#group = group;
    this.#units = units;
    if (units !== undefined) {
      units.users++;
    }
  }

  get deadline(): Instant {
    return instant(Math.min(this.#endpoint.deadline, this.#group.deliverAt, this.#units?.machine.deadline ?? NEVER));
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
    if (this.#units !== undefined && --this.#units.users === 0) {
      this.#units.machine.close();
    }
  }

  #release(now: Instant, out: PacketBatch, reply: Wire): void {
    const units = this.#units?.machine;
    if (units === undefined) {
      this.#group.release(now, out);
      return;
    }
    this.#payloads.clear();
    this.#group.release(now, this.#payloads);
    if (this.#payloads.count > 0) {
      units.receive(this.#payloads, now, out, reply);
    } else if (units.deadline <= now) {
      units.expire(now, out, reply);
    }
  }
}
