import type { Tally } from "@bilbycast/foundation/packets";
import { after, NEVER, seconds, type Instant } from "@bilbycast/foundation/time";
import { Candidate } from "./candidate.ts";

export type PathCounters = {
  readonly packetsReceived: Tally;
  readonly bytesReceived: Tally;
  /** First copies: the stream got them from here. */
  readonly packetsForwarded: Tally;
  /** Second copies. */
  readonly packetsDuplicate: Tally;
  /** Did not come by this path, whether or not by the other. */
  readonly packetsLost: Tally;
  /** 1 while packets come. */
  readonly isUp: Tally;
};

/** So long without a packet, and a path is down. */
export const SILENCE = seconds(1);

/** One of the two paths. */
export class PathState {
  readonly counters: PathCounters;
  readonly candidate = new Candidate();
  isUp = false;
  /** When the last packet of the stream came. */
  heardAt: Instant = -Infinity as Instant;
  /** The newest endless sequence number that came since the path is up; -1 before. */
  highest = -1;
  /** What came first since then: before it nothing is missed. */
  begin = 0;
  /** Counted since the last `settle`. */
  received = 0;
  bytes = 0;
  forwarded = 0;
  duplicate = 0;
  /** Packets that only this path has brought since the other one brought a first copy. */
  run = 0;

  constructor(counters: PathCounters) {
    this.counters = counters;
    counters.isUp.set(0);
  }

  get deadline(): Instant {
    return this.isUp ? after(this.heardAt, SILENCE) : NEVER;
  }

  heard(now: Instant): void {
    this.heardAt = now;
    if (!this.isUp) {
      this.isUp = true;
      this.counters.isUp.set(1);
    }
  }

  /** Hands on what was counted: once for a batch and not for each packet. */
  settle(): void {
    const { packetsReceived, bytesReceived, packetsForwarded, packetsDuplicate } = this.counters;
    packetsReceived.add(this.received);
    bytesReceived.add(this.bytes);
    packetsForwarded.add(this.forwarded);
    packetsDuplicate.add(this.duplicate);
    // Another one that counts for the same path may have said that it is down.
    if (this.isUp) {
      this.counters.isUp.set(1);
    }
    this.received = 0;
    this.bytes = 0;
    this.forwarded = 0;
    this.duplicate = 0;
  }

  /** Notes that nothing has come for too long. */
  expire(now: Instant): void {
    if (this.isUp && after(this.heardAt, SILENCE) <= now) {
      this.isUp = false;
      this.highest = -1;
      this.counters.isUp.set(0);
    }
  }
}
