import type { EventDraft } from "./event-draft.ts";

export type QueueBounds = { events: number; bytes: number };

/** What waits for the database while it is slow or away. */
export const QUEUE_BOUNDS: QueueBounds = { events: 10_000, bytes: 32 * 1024 * 1024 };

/** Nodes whose losses are counted by themselves; of more the count is all. */
const MOST_LOSERS = 10_000;

/** A bounded queue. When it is full what is of the least weight goes: an info that comes, else the oldest info, else the oldest. */
export class EventQueue {
  readonly #bounds: QueueBounds;
  #waiting: EventDraft[] = [];
  #bytes = 0;
  #infos = 0;
  #lost = new Map<string, number>();
  /** Since the start. */
  dropped = 0;

  constructor(bounds: QueueBounds = QUEUE_BOUNDS) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(draft: EventDraft): void {
    while (this.#waiting.length > 0 && (this.#waiting.length >= this.#bounds.events || this.#bytes + draft.bytes > this.#bounds.bytes)) {
      if (draft.severity === "info") {
        this.#lose(draft);
        return;
      }
      const least = this.#infos > 0 ? this.#waiting.findIndex(({ severity }) => severity === "info") : 0;
      const [gone] = this.#waiting.splice(Math.max(0, least), 1);
      if (gone !== undefined) {
        this.#count(gone, -1);
        this.#lose(gone);
      }
    }
    this.#waiting.push(draft);
    this.#count(draft, 1);
  }

  /** The oldest, so many at most; they are out of the queue. */
  take(most: number): EventDraft[] {
    const taken = this.#waiting.splice(0, most);
    taken.forEach((draft) => this.#count(draft, -1));
    return taken;
  }

  /** Events that were given up since this was asked last, by node. */
  losses(): ReadonlyMap<string, number> {
    const losses = this.#lost;
    this.#lost = new Map();
    return losses;
  }

  #count({ bytes, severity }: EventDraft, by: 1 | -1): void {
    this.#bytes += by * bytes;
    this.#infos += severity === "info" ? by : 0;
  }

  #lose({ nodeId }: EventDraft): void {
    this.dropped += 1;
    if (this.#lost.has(nodeId) || this.#lost.size < MOST_LOSERS) {
      this.#lost.set(nodeId, (this.#lost.get(nodeId) ?? 0) + 1);
    }
  }
}
