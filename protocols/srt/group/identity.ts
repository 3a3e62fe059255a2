import { instant, milliseconds, type Instant } from "@bilbycast/foundation/time";
import type { GroupBlock } from "../handshake-extensions.ts";
import { REJECT } from "../reject-reason.ts";

/** How a group uses its links: all at once, or one with the others waiting. Numbers as they are on the wire. */
export const GROUP_TYPES = { broadcast: 1, backup: 2 } as const;
export type GroupMode = keyof typeof GROUP_TYPES;

/** A group's ID has this bit, a socket's has not. */
export const GROUP_BIT = 0x4000_0000;
const ID_MASK = 0x3fff_ffff;
/** Links that have been silent for so long are no reason to refuse another group. */
const PROBABLY_DEAD = milliseconds(1_500);

/** What the identity of a group has to know of its links. */
type Link = { readonly isOpen: boolean; readonly lastHeardAt: Instant; ending: "shutdown" | "idle" | "astray" | undefined; end(): void };

/**
 * Who a group is, to the other side and of the other side: its ID, the ID of its mirror there, and when its time began. Every link
 * says so in its handshake; a link to another group is refused.
 */
export class GroupIdentity {
  readonly mode: GroupMode;
  readonly id: number;
  /** Whether the block of a link's call is to be answered, not to be sent. */
  readonly listens: boolean;
  readonly #links: Link[] = [];
  /** Where a group that calls begins; below 2^31 - 1. */
  readonly firstSequence: number;
  #peerId = 0;
  #startedAt: Instant | undefined;

  /** `random`: gives 32 bits. */
  constructor(mode: GroupMode, listens: boolean, random: () => number) {
    this.mode = mode;
    this.listens = listens;
    this.id = GROUP_BIT | (random() & ID_MASK) | 1;
    this.firstSequence = random() % 0x7fff_ffff;
  }

  join(link: Link): void {
    this.#links.push(link);
  }

  get isUp(): boolean {
    return this.#links.some(({ isOpen }) => isOpen);
  }

  get openLinks(): number {
    return this.#links.reduce((sum, { isOpen }) => sum + (isOpen ? 1 : 0), 0);
  }

  /** When the group's time began; all of its links count from there. */
  startedAt(now: Instant): Instant {
    this.#startedAt ??= now;
    return this.#startedAt;
  }

  /** What a link says of the group. */
  block(weight: number): GroupBlock {
    return { id: this.id, type: GROUP_TYPES[this.mode], flags: 0, weight };
  }

  /** A call came with that block, or with none. The code of a refusal; `undefined` when it may join. */
  refusal(block: GroupBlock | undefined, now: Instant): number | undefined {
    if (block !== undefined && (block.id & GROUP_BIT) === 0) {
      return REJECT.rogue;
    }
    if (block === undefined || block.type !== GROUP_TYPES[this.mode]) {
      return REJECT.group;
    }
    const isOther = this.#peerId !== 0 && block.id !== this.#peerId && this.#links.some((link) => isAlive(link, now));
    return isOther ? REJECT.group : undefined;
  }

  /** Takes a link of that group in. Where it is another group than before, the links of that are dead, and end. */
  admit(block: GroupBlock): void {
    if (this.#peerId !== 0 && block.id !== this.#peerId) {
      for (const link of this.#links.filter(({ isOpen }) => isOpen)) {
        link.end();
        link.ending = "idle";
      }
    }
    this.#peerId = block.id;
  }
}

const isAlive = ({ isOpen, lastHeardAt }: Link, now: Instant): boolean => isOpen && now < instant(lastHeardAt + PROBABLY_DEAD);
