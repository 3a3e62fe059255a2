/** A picture of something, and when it was taken, in milliseconds. `src` is `undefined` where there is none. */
export type Still = { src: string | undefined; takenAt: number | undefined };

/** Fetches a picture and makes it ready to be drawn; resolves with whatever keeps it so, when it is, or when it cannot be had. */
export type StillLoader = (src: string) => Promise<unknown>;

/** `kept`: what keeps it ready to be drawn, as long as it is shown. */
type Ready = { still: Still; kept?: unknown };

/** What an address shows a picture of; the rest of it says which. */
const subjectOf = (src: string): string => src.split("?", 1)[0] ?? src;

/**
 * A still of a list: the next one takes its place with the next second's data, once it is ready to be drawn. Pictures that are drawn as each of
 * them comes cost the page a frame each. A picture of something else is shown at once: it stands below another name.
 */
export class PacedStill {
  readonly #load: StillLoader;
  #shown: Ready;
  #wanted: Still;
  #coming: (Ready & { isReady: boolean }) | undefined;

  constructor(first: Still, load: StillLoader) {
    this.#load = load;
    this.#shown = { still: first };
    this.#wanted = first;
  }

  get shown(): Still {
    return this.#shown.still;
  }

  /** True: another one is to be drawn, at once. */
  want(still: Still): boolean {
    this.#wanted = still;
    const { src, takenAt } = this.shown;
    if (still.src === undefined || src === undefined || still.src === src || subjectOf(still.src) !== subjectOf(src)) {
      this.#coming = undefined;
      this.#shown = { ...(still.src === src ? this.#shown : {}), still };
      return still.src !== src || still.takenAt !== takenAt;
    }
    this.#fetch();
    return false;
  }

  /** Data have come, or the clock. True: another one is to be drawn. */
  tick(): boolean {
    const coming = this.#coming;
    if (coming?.isReady !== true) {
      return false;
    }
    this.#coming = undefined;
    this.#shown = coming;
    if (coming.still.src !== this.#wanted.src) {
      this.#fetch();
    }
    return true;
  }

  /** One at a time: where they come faster than they can be fetched, each that was begun is shown. */
  #fetch(): void {
    const still = this.#wanted;
    if (this.#coming !== undefined || still.src === undefined) {
      return;
    }
    const coming: Ready & { isReady: boolean } = { still, isReady: false };
    this.#coming = coming;
    const ready = (kept: unknown): void => void Object.assign(coming, { isReady: true, kept });
    this.#load(still.src).then(ready, () => ready(undefined));
  }
}
