import type { EgressStage, Memory, PacketRing } from "@bilbycast/foundation/packets";
import { after, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { NULL_PID, PACKET_SIZE, pid as pidOf, UNIT_PACKETS } from "../packet.ts";
import { Remux, type RemuxCounts } from "./remux.ts";
import type { RemuxRules } from "./rules.ts";
import { UnitWriter } from "./unit-writer.ts";

/** How long an incomplete unit waits for more packets. */
const FLUSH_AFTER: Microseconds = milliseconds(10);

/**
 * After so long without a packet of the program, a unit of null packets passes as it is. A dead input is stood in for by one every
 * 250 ms; of a padded multiplex none passes while the program plays.
 */
const KEEP_ALIVE_AFTER: Microseconds = milliseconds(200);

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
  readonly #memory: Memory;
  readonly #flushAfter: Microseconds;
  /** When the last packet was let through. */
  #lastPassed: Instant = NEVER;

  constructor(memory: Memory, rules: RemuxRules, counts: RemuxCounts) {
    this.#memory = memory;
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
      this.#takeOne(offset[column] ?? 0, length[column] ?? 0, now);
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
    if (before instanceof RemuxStage) {
      this.#lastPassed = before.#lastPassed;
    }
  }

  close(): void {
    this.ring.close();
  }

  #takeOne(at: number, length: number, now: Instant): void {
    const { ring } = this;
    if (this.#flushAfter === 0) {
      this.remux.take(at, length);
      ring.flush();
      return;
    }
    const before = ring.head * UNIT_PACKETS + ring.fill;
    if (now >= after(this.#lastPassed, KEEP_ALIVE_AFTER) && !this.remux.isAbsent && this.#isStuffing(at, length)) {
      ring.append(at, length / PACKET_SIZE);
    } else {
      this.remux.take(at, length);
    }
    // Before its first packet a program has no receiver to keep.
    if (ring.head * UNIT_PACKETS + ring.fill !== before) {
      this.#lastPassed = now;
    }
  }

  /** The unit has nothing but null packets. */
  #isStuffing(at: number, length: number): boolean {
    const { bytes } = this.#memory;
    for (let packet = at; packet < at + length; packet += PACKET_SIZE) {
      if (pidOf(bytes, packet) !== NULL_PID) {
        return false;
      }
    }
    return true;
  }
}
