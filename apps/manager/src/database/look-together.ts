type Waiting<Value> = { id: string; resolve: (value: Value | undefined) => void; reject: (error: unknown) => void };

/** Ids of one query. */
const BATCH = 500;

/**
 * Looks up what many requests of one moment ask for, one at a time and all of them in one query: a busy manager would otherwise spend its time on
 * questions to the database that differ in an id. No answer is older than its question: what is asked while a query runs waits for the next.
 */
export class LookTogether<Value> {
  readonly #look: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>;
  #waiting: Waiting<Value>[] = [];
  #isLooking = false;

  /** `look`: by id; what is not there is not in the map. */
  constructor(look: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>) {
    this.#look = look;
  }

  find(id: string): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      if (!this.#isLooking) {
        this.#isLooking = true;
        // Requests of one moment are read in one turn of the loop: their questions are there when it ends.
        setImmediate(() => void this.#lookAll());
      }
    });
  }

  async #lookAll(): Promise<void> {
    for (let batch = this.#waiting.splice(0, BATCH); batch.length > 0; batch = this.#waiting.splice(0, BATCH)) {
      try {
        const found = await this.#look([...new Set(batch.map(({ id }) => id))]);
        batch.forEach(({ id, resolve }) => resolve(found.get(id)));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    this.#isLooking = false;
  }
}
