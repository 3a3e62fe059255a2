import type { PacketBatch, Tally } from "@bilbycast/foundation/packets";
import { milliseconds, NEVER, type Instant } from "@bilbycast/foundation/time";
import { PlayoutClock } from "../playout-clock.ts";
import { FIRST_CYCLE } from "../sequence.ts";

/** One link of a receiving group, as far as delivery goes: packets that wait, by the group's endless sequence numbers. */
export type ReceiveMember = {
  readonly isOpen: boolean;
  /** First packet that is there, and its time stamp; Infinity and NaN when none is. */
  readonly first: number;
  readonly firstStamp: number;
  /** First packet that has not come and is not given up. */
  readonly complete: number;
  /** Behind the newest packet that this link brought. */
  readonly heardTo: number;
  /** Puts the first packet, which must be there, into `out`. */
  deliver(out: PacketBatch): void;
  /** Everything before `sequence` is over. */
  passTo(sequence: number): void;
  /** Nothing waits any more, and the next packet is `sequence`. */
  restart(sequence: number): void;
};

/** What a group delivers, and what it does not. */
export type ReceiveGroupMeters = { readonly delivered: Tally; readonly tooLate: Tally };

export type ReceiveGroupOptions = { tooLateDrop: boolean; meters: ReceiveGroupMeters };

/**
 * The receiving side of a group: every payload bears the same number and time stamp on all links, so one clock says when each is due and
 * one number which is next. What one link brought is over for the others. Broadcast and backup are received alike.
 */
export class ReceiveGroup {
  readonly clock = new PlayoutClock();
  /** The packet that is delivered next. */
  next = 0;
  readonly #dropsLate: boolean;
  readonly #meters: ReceiveGroupMeters;
  readonly #members: ReceiveMember[] = [];

  constructor({ tooLateDrop, meters }: ReceiveGroupOptions) {
    this.#dropsLate = tooLateDrop;
    this.#meters = meters;
  }

  join(member: ReceiveMember): void {
    this.#members.push(member);
  }

  /** Whether no other link is open: then this one's first packet, stamp and clock are the group's. */
  isAlone(member: ReceiveMember): boolean {
    return this.#members.every((each) => each === member || !each.isOpen);
  }

  /** First packet that links bring from now on. */
  get end(): number {
    return this.#members.reduce((end, { isOpen, heardTo }) => (isOpen ? Math.max(end, heardTo) : end), this.next);
  }

  /** A link opens: the first packet that it is to bring. The stamp of its handshake came at `heardAt`. */
  begin(member: ReceiveMember, initialSequence: number, stamp: number, heardAt: Instant, latencyMs: number): number {
    if (!this.isAlone(member)) {
      return this.end;
    }
    this.clock.begin(stamp, heardAt, milliseconds(latencyMs));
    this.jump(FIRST_CYCLE + initialSequence);
    return this.next;
  }

  /** The stream goes on at `sequence`; nothing that waits is delivered any more. */
  jump(sequence: number): void {
    this.next = sequence;
    for (const member of this.#members) {
      member.restart(sequence);
    }
  }

  /** When the next packet is delivered. */
  get deliverAt(): Instant {
    const earliest = this.#earliest();
    return earliest === undefined || !this.#mayDeliver(earliest) ? NEVER : this.clock.due(earliest.firstStamp);
  }

  /** Puts what is due into `out`, in order, each packet once, as much as there is room for. */
  release(now: Instant, out: PacketBatch): void {
    while (out.count < out.capacity) {
      const member = this.#earliest();
      if (member === undefined || !(this.clock.due(member.firstStamp) <= now) || !this.#mayDeliver(member)) {
        return;
      }
      const { first } = member;
      if (first > this.next) {
        this.#meters.tooLate.add(first - this.next);
      }
      member.passTo(first);
      member.deliver(out);
      this.#meters.delivered.add(1);
      this.next = first + 1;
      for (const each of this.#members) {
        each.passTo(this.next);
      }
    }
  }

  /** The link that has the lowest number next. */
  #earliest(): ReceiveMember | undefined {
    let earliest: ReceiveMember | undefined;
    for (const member of this.#members) {
      if (member.first < (earliest?.first ?? Infinity)) {
        earliest = member;
      }
    }
    return earliest;
  }

  /** A gap is passed over when its time is over, or when no link has anything to hope for. */
  #mayDeliver({ first }: ReceiveMember): boolean {
    if (first === this.next || this.#dropsLate) {
      return true;
    }
    return this.#members.every(({ isOpen, complete }) => !isOpen || complete >= first);
  }
}
