import { after, instant, milliseconds, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { SendMember } from "./send-group.ts";

/**
 * How a link of a group stands; a gauge tells its place in this list. pending: not connected. standby: connected, not sending. fresh: has just begun to send. stable: answers.
 * unstable: does not, or gives packets up. wary: answers again, which has yet to last. broken: was connected.
 */
export const LINK_STATES = ["pending", "standby", "fresh", "stable", "unstable", "wary", "broken"] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** libsrt's least time that an active link may be silent. */
const LEAST_STABILITY = milliseconds(60);
/** A link is fresh for its first allowed silence and five of the peer's ACK intervals. */
const FRESH_MARGIN = milliseconds(50);
/** Keep-alives come every second. */
const ALIVE = milliseconds(2_500);
/** Latencies for which a link that answers again is watched. */
const WARY_LATENCIES = 4;

/** Decides which links of a backup group send: one, unless it shows weakness, and then the next best as well until one is stable again. */
export class BackupJudge {
  readonly #members: readonly SendMember[];
  readonly #idleTimeout: Microseconds;

  constructor(members: readonly SendMember[], idleTimeout: Microseconds) {
    this.#members = members;
    this.#idleTimeout = idleTimeout;
  }

  judge(now: Instant): void {
    for (const member of this.#members) {
      // Who has nothing to acknowledge is not expected to answer.
      if (member.isActive && member.link.isQuiet) {
        member.heardAt = now;
      }
      if (member.isOpen) {
        this.#assign(member, member.isActive ? this.#stateOf(member, now) : "standby", now);
      }
    }
    this.#activate(now);
    this.#silence();
  }

  /** When the first active link that stays silent becomes unstable, while another could take its place. */
  get deadline(): Instant {
    let earliest: number = NEVER;
    if (this.#members.some(({ isOpen, isActive }) => isOpen && !isActive)) {
      for (const member of this.#members) {
        if (member.isOpen && member.isActive && member.state !== "unstable" && !member.link.isQuiet) {
          earliest = Math.min(earliest, after(lastAnswer(member), this.#allowedSilence(member, lastAnswer(member)) + 1));
        }
      }
    }
    return instant(earliest);
  }

  /** How long an active link may be silent. While it is fresh its round trip time is not known yet. */
  #allowedSilence(member: SendMember, now: Instant): Microseconds {
    const latency = milliseconds(member.latencyMs);
    const { value, variance } = member.rtt;
    return isFresh(member, now)
      ? Math.max(LEAST_STABILITY, latency)
      : Math.min(Math.max(LEAST_STABILITY, 2 * value + 4 * variance), latency);
  }

  #stateOf(member: SendMember, now: Instant): LinkState {
    const fresh = isFresh(member, now);
    if (now > after(lastAnswer(member), this.#allowedSilence(member, now))) {
      return "unstable";
    }
    const hasDropped = member.link.dropped !== member.droppedBefore;
    member.droppedBefore = member.link.dropped;
    if (hasDropped && !fresh) {
      return "unstable";
    }
    if (fresh) {
      return "fresh";
    }
    const isWary = member.warySince < NEVER;
    if (member.unstableSince < NEVER && !isWary) {
      return "wary";
    }
    return isWary && now <= after(member.warySince, WARY_LATENCIES * milliseconds(member.latencyMs)) ? "wary" : "stable";
  }

  #assign(member: SendMember, state: LinkState, now: Instant): void {
    member.state = state;
    switch (state) {
      case "unstable":
        member.unstableSince = member.unstableSince < NEVER ? member.unstableSince : now;
        member.freshSince = NEVER;
        member.warySince = NEVER;
        break;
      case "wary":
        member.warySince = member.warySince < NEVER ? member.warySince : now;
        break;
      case "fresh":
        member.unstableSince = NEVER;
        member.warySince = NEVER;
        break;
      default:
        member.freshSince = NEVER;
        member.unstableSince = NEVER;
        member.warySince = NEVER;
    }
  }

  /** The best link that waits begins to send when no other is sure, or when it outweighs all that send. */
  #activate(now: Instant): void {
    let best: SendMember | undefined;
    let isSure = false;
    let heaviest = -1;
    for (const member of this.#members) {
      if (!member.isOpen) {
        continue;
      }
      if (member.isActive) {
        isSure ||= member.state === "stable" || member.state === "fresh";
        heaviest = Math.max(heaviest, member.weight);
      } else if (best === undefined || isBetter(member, best, now)) {
        best = member;
      }
    }
    if (best !== undefined && (!isSure || best.weight > heaviest)) {
      best.activate(now);
    }
  }

  /** Once a link is stable, those that are no better send no more. */
  #silence(): void {
    let best: SendMember | undefined;
    for (const member of this.#members) {
      if (member.isOpen && member.isActive && member.state === "stable" && member.weight > (best?.weight ?? -1)) {
        best = member;
      }
    }
    if (best === undefined) {
      return;
    }
    for (const member of this.#members) {
      if (member !== best && member.isOpen && member.isActive && member.weight <= best.weight) {
        member.silence();
        this.#assign(member, "standby", member.heardAt);
      }
    }
  }

  /** Whether the link has been unstable for so long, while another is stable, that it is of no use. */
  isLost(member: SendMember, now: Instant): boolean {
    return (
      member.state === "unstable" &&
      now > after(member.unstableSince, this.#idleTimeout) &&
      this.#members.some((each) => each.isOpen && each.state === "stable")
    );
  }
}

/** A link that keeps silent though it is kept alive every second comes after those that do not. */
const isBetter = (left: SendMember, right: SendMember, now: Instant): boolean => {
  const isAlive = ({ heardAt }: SendMember): boolean => now <= after(heardAt, ALIVE);
  return isAlive(left) === isAlive(right) ? left.weight > right.weight : isAlive(left);
};

const isFresh = ({ freshSince, latencyMs }: SendMember, now: Instant): boolean =>
  freshSince < NEVER && now <= after(freshSince, Math.max(LEAST_STABILITY, milliseconds(latencyMs)) + FRESH_MARGIN);

/** A link that has just begun to send cannot have answered to it yet. */
const lastAnswer = ({ freshSince, heardAt }: SendMember): Instant => instant(freshSince < NEVER ? Math.max(freshSince, heardAt) : heardAt);
