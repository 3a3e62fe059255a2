import type { Database } from "../database/database.ts";
import { recordAll, type Actor, type Deed, type Entry } from "./record.ts";

/** Rows of one transaction. */
const BATCH = 200;

type Waiting = Entry & { resolve: () => void; reject: (error: unknown) => void };

/**
 * Records what is done outside of the database, as commands to nodes are. Each is kept when its promise resolves; those that come while one
 * is being kept are kept together, since the chain takes one transaction at a time and each costs a write to the disk.
 */
export class RecordTogether {
  readonly #database: Pick<Database, "transaction">;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(database: Pick<Database, "transaction">) {
    this.#database = database;
  }

  record(actor: Actor, deed: Deed): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ actor, deed, resolve, reject });
      if (!this.#isWriting) {
        void this.#write();
      }
    });
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    // Those of the same moment go together from the first on.
    await Promise.resolve();
    for (let batch = this.#waiting.splice(0, BATCH); batch.length > 0; batch = this.#waiting.splice(0, BATCH)) {
      try {
        await this.#database.transaction((tx) => recordAll(tx, batch));
        batch.forEach(({ resolve }) => resolve());
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    this.#isWriting = false;
  }
}
