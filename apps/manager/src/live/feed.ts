/** Something that is told once. */
export type FeedItem = {
  readonly number: number;
  readonly kind: "alarm" | "event" | "change";
  readonly nodeId: string | null;
  readonly groupId: string;
  /** Of the object, as JSON. */
  readonly text: string;
  readonly at: number;
};

/** Items that are kept, their characters, and milliseconds that they are. */
const MOST_ITEMS = 5_000;
const MOST_CHARACTERS = 16 * 1024 * 1024;
const KEPT_FOR = 60_000;

/** What was told of late, for whoever reads at their own pace. Bounded: who is too far behind learns that they missed something. */
export class Feed {
  #items: FeedItem[] = [];
  #characters = 0;
  #last = 0;

  /** Number of the newest item. */
  get last(): number {
    return this.#last;
  }

  add(item: Omit<FeedItem, "number">): void {
    this.#last += 1;
    this.#items.push({ ...item, number: this.#last });
    this.#characters += item.text.length;
    let old = 0;
    for (const { at, text } of this.#items) {
      if (this.#items.length - old <= MOST_ITEMS && this.#characters <= MOST_CHARACTERS && item.at - at <= KEPT_FOR) {
        break;
      }
      old += 1;
      this.#characters -= text.length;
    }
    this.#items.splice(0, old);
  }

  /** Whatever was told meanwhile is lost to everybody. */
  skip(): void {
    this.#last += 1;
    this.#items = [];
    this.#characters = 0;
  }

  /** What came after that number; undefined: some of it is not there any more. */
  since(number: number): readonly FeedItem[] | undefined {
    if (number >= this.#last) {
      return [];
    }
    const first = this.#items[0]?.number ?? this.#last + 1;
    return first > number + 1 ? undefined : this.#items.slice(number + 1 - first);
  }
}
