import type { PacketRing } from "@bilbycast/foundation/packets";
import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/**
 * Lets each packet go a fixed time after it came onto the bus. Times are absolute, from the packet's own arrival, so that a late pass
 * makes no packet behind it late. Packets wait on the bus; nothing is held here.
 */
export class DelayPacer {
  readonly hold: Microseconds;

  constructor(delay: Microseconds) {
    this.hold = delay;
  }

  /** Number behind the last packet from `next` on whose time has come. */
  allow(ring: PacketRing, next: number, now: Instant): number {
    let end = next;
    while (end < ring.head && this.due(ring, end) <= now) {
      end++;
    }
    return end;
  }

  /** When the packet may leave; NEVER when it has not come. */
  due(ring: PacketRing, next: number): Instant {
    return next < ring.head ? after((ring.arrival[next & ring.mask] ?? 0) as Instant, this.hold) : NEVER;
  }
}
