import { pruneAudit } from "../audit/retention.ts";
import type { App } from "../app.ts";
import { tryLock } from "../database/advisory-lock.ts";
import { cleanUpBookkeeping } from "../database/rate-limit.ts";

/** Milliseconds between two rounds, and before the first one: a start has better things to do. */
const EVERY = 3_600_000;
const FIRST = 60_000;

/** Clears away what is over: sessions, tokens, limits, and rows of the record that are older than they are kept. One instance at a time. */
export class Housekeeping {
  readonly #app: App;
  #timer: NodeJS.Timeout;

  constructor(app: App) {
    this.#app = app;
    this.#timer = setTimeout(() => void this.#round(), FIRST).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #round(): Promise<void> {
    try {
      await clearAway(this.#app);
    } catch (err) {
      this.#app.log.warn({ err }, "what is over could not be cleared away");
    }
    this.#timer = setTimeout(() => void this.#round(), EVERY).unref();
  }
}

/** One round; nothing when another instance is at it. */
export const clearAway = async ({ database, settings }: Pick<App, "database" | "settings">): Promise<void> => {
  await database.transaction(async (tx) => {
    if (!(await tryLock(tx, "housekeeping"))) {
      return;
    }
    await tx.deleteFrom("sessions").where("expires_at", "<", new Date()).execute();
    await tx.deleteFrom("api_tokens").where("expires_at", "<", new Date()).execute();
    await pruneAudit(tx, settings.current.audit_retention_days);
  });
  await cleanUpBookkeeping(database.queries);
};
