type Work = () => Promise<unknown>;

/**
 * What is written of one thing, one after the other, so that what was said first is not kept last. Of what is said again and again only the
 * newest waits: a database that is slow or away holds up one of each, however often it is said.
 */
export class WriteOrder {
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, Work>();
  #isBusy = false;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** `kind`: a newer one of the same kind takes the place of one that waits. */
  write(kind: string, work: Work): void {
    this.#waiting.delete(kind);
    this.#waiting.set(kind, work);
    if (!this.#isBusy) {
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#waiting.entries().next(); next.done !== true; next = this.#waiting.entries().next()) {
      const [kind, work] = next.value;
      this.#waiting.delete(kind);
      try {
        await work();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#isBusy = false;
  }
}
