/** Which source comes next: all of them once per round, in their order or shuffled. */
export class Playlist {
  /** Rounds that began after the first. */
  loops = 0;
  readonly #order: number[];
  readonly #options: { shuffle: boolean; loop: boolean };
  readonly #random: () => number;
  #next = 0;

  /** `count`: sources, at least one. `random`: 0 up to but not 1. */
  constructor(count: number, options: { shuffle: boolean; loop: boolean }, random: () => number) {
    this.#order = Array.from({ length: count }, (_, i) => i);
    this.#options = options;
    this.#random = random;
    this.#arrange(undefined);
  }

  get length(): number {
    return this.#order.length;
  }

  /** Index of the next source; `undefined` when the only round is over. */
  next(): number | undefined {
    if (this.#next === this.#order.length) {
      if (!this.#options.loop) {
        return undefined;
      }
      this.loops++;
      this.restart();
    }
    return this.#order[this.#next++];
  }

  /** The next source is the first of a round. */
  restart(): void {
    this.#arrange(this.#order[this.#order.length - 1]);
    this.#next = 0;
  }

  /** `last`: what was played last; with a choice it does not come first. */
  #arrange(last: number | undefined): void {
    if (!this.#options.shuffle) {
      return;
    }
    for (let i = this.#order.length - 1; i > 0; i--) {
      this.#swap(i, Math.floor(this.#random() * (i + 1)));
    }
    if (this.#order[0] === last) {
      this.#swap(0, this.#order.length - 1);
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#order[a] ?? 0;
    this.#order[a] = this.#order[b] ?? 0;
    this.#order[b] = held;
  }
}
