import type { EgressStage, Memory, PacketRing } from "@bilbycast/foundation/packets";
import { after, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { Remux, type RemuxCounts } from "./remux.ts";
import type { RemuxRules } from "./rules.ts";
import { UnitWriter } from "./unit-writer.ts";

/** How long an incomplete unit waits for more packets. */
const FLUSH_AFTER: Microseconds = milliseconds(10);

/**
 * Units that one unit of the source may become: each of its seven packets may end a section of 4096 bytes (23 packets) and 14 of 12 bytes,
 * and each of those goes out in packets of its own.
 */
export const MOST_UNITS = 40;

/**
 * Filters and renames what goes out, at once. Where all programs pass, each unit becomes one; of a program's few packets
 * seven are put together, for 10 ms at most.
 */
export class RemuxStage implements EgressStage {
  readonly ring: UnitWriter;
  readonly hold = 0;
  readonly remux: Remux;
  readonly #flushAfter: Microseconds;

  constructor(memory: Memory, rules: RemuxRules, counts: RemuxCounts) {
    this.ring = new UnitWriter(memory);
    this.remux = new Remux(memory, rules, this.ring, counts);
    this.#flushAfter = rules.programNumber === undefined ? 0 : FLUSH_AFTER;
  }

  get deadline(): Instant {
    return this.ring.fill === 0 ? NEVER : after(this.ring.openedAt, this.#flushAfter);
  }

  take(source: PacketRing, first: number, end: number, sent: number, now: Instant): number {
    const { mask, offset, length, arrival } = source;
    let n = first;
    for (; n < end && this.ring.room(sent) >= MOST_UNITS; n++) {
      const column = n & mask;
      this.ring.begin(now, (arrival[column] ?? 0) as Instant, n);
      this.remux.take(offset[column] ?? 0, length[column] ?? 0);
      if (this.#flushAfter === 0) {
        this.ring.flush();
      }
    }
    if (now >= this.deadline) {
      this.ring.flush();
    }
    return n;
  }

  flush(): void {
    this.ring.flush();
  }

  goOnFrom(before: EgressStage, now: Instant): void {
    if ("remux" in before && before.remux instanceof Remux) {
      this.remux.goOnFrom(before.remux, now);
    }
  }

  close(): void {
    this.ring.close();
  }
}
