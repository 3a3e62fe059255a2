import { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Arena, RingLayout } from "@bilbycast/engine/io";
import { Bus } from "./bus.ts";

/** What the analysers may lag behind: an eighth of a second at 1 Gbit/s. */
const BYTES = 16_777_216;
const PACKETS = 16_384;
const ROWS = 256;

/** What of an input is looked at elsewhere: every packet, or those that may say something about the programs. */
export type Mirrored = "all" | "tables";

/**
 * A copy of what the inputs of a lane bring, in one ring, for the thread that analyses: whatever that thread does or fails to do, the lane
 * has only copied. Each unit carries the number of its input.
 */
export class Mirror {
  readonly #bus: Bus;
  readonly #some = new PacketBatch(ROWS);

  /** Throws the Fault `arena_exhausted`. */
  constructor(arena: Arena) {
    this.#bus = new Bus(arena, BYTES, PACKETS);
    this.#bus.share();
  }

  get layout(): RingLayout {
    return this.#bus.layout;
  }

  take(tag: number, batch: PacketBatch, now: Instant): void {
    const bus = this.#bus;
    bus.tag = tag;
    for (let row = 0; row < batch.count;) {
      row = bus.publish(batch, row, PACKETS, now);
    }
  }

  /** Some rows of a batch: keep them one by one, then `flush`. */
  keep(batch: PacketBatch, row: number, tag: number, now: Instant): void {
    if (this.#some.count === ROWS) {
      this.flush(tag, now);
    }
    this.#some.take(batch, row);
  }

  flush(tag: number, now: Instant): void {
    if (this.#some.count > 0) {
      this.take(tag, this.#some, now);
      this.#some.clear();
    }
  }
}
