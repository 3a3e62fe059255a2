import type { PacketRing, Tally } from "@bilbycast/foundation/packets";

/** A reader of a bus: a number, and a bound on how far it may fall behind. */
export class Cursor {
  /** The packet that is read next. */
  next: number;
  readonly #ring: PacketRing;
  readonly #limit: number;
  readonly #lost: Tally;

  /** Starts behind the newest packet: what came before a reader was added is not its own. */
  constructor(ring: PacketRing, limit: number, lost: Tally) {
    this.#ring = ring;
    this.#limit = limit;
    this.#lost = lost;
    this.next = ring.head;
  }

  /** Packets that wait, after giving up and counting those that were lapped or are over the bound. */
  waiting(): number {
    const { head, tail } = this.#ring;
    const oldest = tail > head - this.#limit ? tail : head - this.#limit;
    if (this.next < oldest) {
      this.#lost.add(oldest - this.next);
      this.next = oldest;
    }
    return head - this.next;
  }
}
