import { sql } from "kysely";
import type { App } from "../app.ts";
import { pruneAudit } from "../audit/retention.ts";
import { lock } from "../database/advisory-lock.ts";
import { keepDays } from "../database/day-partitions.ts";
import { cleanUpBookkeeping } from "../database/rate-limit.ts";
import type { Transaction } from "../database/tables.ts";
import { OLDEST_EVENT_DAYS } from "../events/event-draft.ts";

/** Milliseconds between two rounds. */
const ROUND = 3_600_000;
const SMALL_ROUND = 60_000;

/** Days that five-minute rows are kept; those of 30 s for one whole day and what has begun. */
const LONG_HISTORY_DAYS = 30;
const SHORT_HISTORY_DAYS = 2;
/** Days for which an event that comes a second time is known. */
const EVENT_ID_DAYS = 7;

/** Makes room for what is to come and takes away what is too old; one instance at a time does it, those that wait find it done. */
export class Upkeep {
  readonly #app: App;
  #timers: NodeJS.Timeout[] = [];
  #running: Promise<void> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** Resolves when there is room for today. */
  async start(): Promise<void> {
    await this.run();
    this.#timers = [setInterval(() => void this.run().catch(() => undefined), ROUND), setInterval(() => void this.#small(), SMALL_ROUND)];
    this.#timers.forEach((timer) => timer.unref());
  }

  stop(): void {
    this.#timers.forEach((timer) => clearInterval(timer));
  }

  /** Throws when it could not be done. Whoever finds no room to write asks for it; several at once get one round. */
  run(now = Date.now()): Promise<void> {
    this.#running ??= this.#round(now).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #round(now: number): Promise<void> {
    const { events_retention_days: days, audit_retention_days: auditDays } = this.#app.settings.current;
    const work = async (what: string, does: (tx: Transaction) => Promise<unknown>): Promise<void> => {
      await this.#app.database.transaction(async (tx) => {
        await sql`set local lock_timeout = '5s'`.execute(tx);
        await lock(tx, `upkeep ${what}`);
        await does(tx);
      });
    };
    // One transaction for each, so that one that cannot be done keeps none of the others from it.
    const outcomes = await Promise.allSettled([
      work("events", (tx) => keepDays(tx, "events", { pastDays: OLDEST_EVENT_DAYS, keepDays: days }, now)),
      work("history_30s", (tx) => keepDays(tx, "history_30s", { pastDays: 1, keepDays: SHORT_HISTORY_DAYS }, now)),
      work("history_5m", (tx) => keepDays(tx, "history_5m", { pastDays: 1, keepDays: LONG_HISTORY_DAYS }, now)),
      work("alarms", (tx) => forgetOld(tx, days)),
      work("audit", (tx) => pruneAudit(tx, auditDays)),
      work("ways in", forgetEnded),
    ]);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) {
      this.#app.log.error({ err: failed.reason }, "what is too old could not be taken away, or no room be made");
      throw failed.reason;
    }
  }

  async #small(): Promise<void> {
    await cleanUpBookkeeping(this.#app.database.queries).catch(() => undefined);
  }
}

/** Alarms that are over for as long as events are kept. */
const forgetOld = async (tx: Transaction, days: number): Promise<void> => {
  await sql`delete from alarms where not is_raised and last_seen < now() - make_interval(days => ${days})`.execute(tx);
  await sql`delete from event_ids where kept_at < now() - make_interval(days => ${EVENT_ID_DAYS})`.execute(tx);
};

/** Sessions and tokens that let nobody in any more. */
const forgetEnded = async (tx: Transaction): Promise<void> => {
  await sql`delete from sessions where expires_at < now()`.execute(tx);
  await sql`delete from api_tokens where expires_at < now()`.execute(tx);
};
