import { instant, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { RoundTrip } from "../round-trip.ts";
import { FIRST_CYCLE, unwrapSequence } from "../sequence.ts";
import { BackupJudge, type LinkState } from "./backup-judge.ts";
import type { GroupIdentity } from "./identity.ts";

/** Bus packets of which the group remembers what they became: more than a reader of the bus may lag behind. */
const REMEMBERED = 2 ** 14;
const COLUMN_MASK = REMEMBERED - 1;
/** A packet that waited longer on the bus was held up here, and its time begins when it was let go. */
const MOST_AGE = milliseconds(10);
/** No number: the group went past this packet. */
export const PASSED = -1;

/** What a link does at its group's behest. */
export type SendingLink = {
  /** Everything before `sequence` has reached the other side by another link. */
  passTo(sequence: number): void;
  /** Packets that it gave up, ever. */
  readonly dropped: number;
  /** Nothing that it sent is unacknowledged. */
  readonly isQuiet: boolean;
};

/** One link of a sending group. */
export class SendMember {
  readonly weight: number;
  /** Unlike the state that people are told, this is what the connection goes by. */
  isOpen = false;
  isActive: boolean;
  state: LinkState = "pending";
  heardAt: Instant = instant(0);
  freshSince: Instant = NEVER;
  unstableSince: Instant = NEVER;
  warySince: Instant = NEVER;
  droppedBefore = 0;
  latencyMs = 0;
  readonly rtt: RoundTrip;
  readonly link: SendingLink;
  readonly group: SendGroup;
  readonly #tell: (state: LinkState) => void;
  #isLeaving = false;
  #told: LinkState = "pending";

  constructor(group: SendGroup, link: SendingLink, rtt: RoundTrip, weight: number, isActive: boolean, tell: (state: LinkState) => void) {
    this.#tell = tell;
    this.group = group;
    this.link = link;
    this.rtt = rtt;
    this.weight = weight;
    this.isActive = isActive;
  }

  /** Its connection stands. Returns the first number that it may send. */
  open(initialSequence: number, latencyMs: number, now: Instant): number {
    const first = this.group.begin(this, initialSequence);
    this.isOpen = true;
    this.latencyMs = latencyMs;
    this.heardAt = now;
    this.droppedBefore = this.link.dropped;
    this.state = "standby";
    this.isActive = !this.group.isBackup;
    this.#isLeaving = false;
    return first;
  }

  close(): void {
    this.isOpen = false;
    this.state = "broken";
    this.isActive = !this.group.isBackup;
    this.#told = "broken";
  }

  /** Says how it stands, when that has changed. */
  tell(): void {
    if (this.isOpen && this.state !== this.#told) {
      this.#told = this.state;
      this.#tell(this.state);
    }
  }

  /** It is to send, beginning with what waits. */
  activate(now: Instant): void {
    this.isActive = true;
    this.#isLeaving = false;
    this.state = "fresh";
    this.freshSince = now;
    this.droppedBefore = this.link.dropped;
  }

  /** It is to send no more. */
  silence(): void {
    this.isActive = false;
    this.#isLeaving = true;
  }

  /** True once, when a link that sends no more has nothing under way any longer: the other side is told that it is idle. */
  hasGoneIdle(): boolean {
    if (!this.#isLeaving || !this.link.isQuiet) {
      return false;
    }
    this.#isLeaving = false;
    return true;
  }
}

/**
 * The sending side of a group: gives each packet of the bus one number and one time for all links, and says which links send. In a
 * broadcast all do. In a backup the others keep what the active one has not brought over yet, and send it when their turn comes.
 */
export class SendGroup {
  /** Number of the next new packet, endless. */
  next: number;
  readonly isBackup: boolean;
  readonly #identity: GroupIdentity;
  readonly #members: SendMember[] = [];
  readonly #judge: BackupJudge;
  readonly #bus = new Float64Array(REMEMBERED).fill(PASSED);
  readonly #sequence = new Float64Array(REMEMBERED);
  readonly #origin = new Float64Array(REMEMBERED);
  #seenTo = 0;
  #missedTo = 0;
  #lastOrigin = 0;

  constructor(identity: GroupIdentity, idleTimeout: Microseconds) {
    this.#identity = identity;
    this.isBackup = identity.mode === "backup";
    this.next = FIRST_CYCLE + identity.firstSequence;
    this.#judge = new BackupJudge(this.#members, idleTimeout);
  }

  /** `tell`: hears how the link stands, when that changes. */
  join(link: SendingLink, rtt: RoundTrip, weight: number, tell: (state: LinkState) => void): SendMember {
    const member = new SendMember(this, link, rtt, weight, !this.isBackup, tell);
    this.#members.push(member);
    return member;
  }

  get members(): readonly SendMember[] {
    return this.#members;
  }

  get isUp(): boolean {
    return this.#members.some(({ isOpen }) => isOpen);
  }

  begin(member: SendMember, initialSequence: number): number {
    if (!this.#members.some((each) => each !== member && each.isOpen)) {
      this.#bus.fill(PASSED);
      this.next = this.#identity.listens ? FIRST_CYCLE + initialSequence : unwrapSequence(initialSequence, this.next);
      return this.next;
    }
    return Math.min(this.next, unwrapSequence(initialSequence, this.next));
  }

  /** The number of bus packet `n`, which came at `arrival`; PASSED when the group has gone past it. */
  number(n: number, arrival: number, now: Instant): number {
    const column = n & COLUMN_MASK;
    if (this.#bus[column] === n) {
      return this.#sequence[column] ?? PASSED;
    }
    if (n < this.#seenTo) {
      return PASSED;
    }
    this.#seenTo = n + 1;
    this.#bus[column] = n;
    this.#sequence[column] = this.next;
    // Origins never run backwards, or the peer would wait for what is past.
    this.#lastOrigin = Math.min(now, Math.max(arrival, now - MOST_AGE, this.#lastOrigin, this.#identity.startedAt(now)));
    this.#origin[column] = this.#lastOrigin;
    return this.next++;
  }

  /** The time of bus packet `n`, which has a number. */
  originOf(n: number): Instant {
    return instant(this.#origin[n & COLUMN_MASK] ?? 0);
  }

  /** Bus packets [first, end) came to a link that is not connected: how many of them no other link takes either, each counted once. */
  missed(first: number, end: number): number {
    const from = Math.max(first, this.#missedTo);
    this.#missedTo = Math.max(this.#missedTo, end);
    return this.isUp ? 0 : Math.max(0, end - from);
  }

  /** A link has brought everything before `sequence` over. */
  acknowledged(by: SendMember, sequence: number): void {
    if (!this.isBackup) {
      return;
    }
    for (const member of this.#members) {
      if (member !== by && member.isOpen && !member.isActive) {
        member.link.passTo(sequence);
      }
    }
  }

  /** Decides who sends. */
  judge(now: Instant): void {
    if (this.isBackup) {
      this.#judge.judge(now);
    }
    for (const member of this.#members) {
      if (!this.isBackup && member.isOpen) {
        member.state = "stable";
      }
      member.tell();
    }
  }

  /** Whether a link has been unstable for so long, while another is stable, that its connection is to end. */
  isLost(member: SendMember, now: Instant): boolean {
    return this.isBackup && this.#judge.isLost(member, now);
  }

  /** When an active link that stays silent becomes unstable. */
  get deadline(): Instant {
    return this.isBackup ? this.#judge.deadline : NEVER;
  }
}
