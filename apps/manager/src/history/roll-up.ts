import { sql } from "kysely";
import type { App } from "../app.ts";
import { tryLock } from "../database/advisory-lock.ts";
import type { Transaction } from "../database/tables.ts";
import { packStep, unpackStep } from "./packed-row.ts";
import { mergeSteps } from "./step-sums.ts";

/** Milliseconds of a long step, and after its end until it is made: short steps that were held back may have come. */
export const LONG_STEP = 300_000;
const AFTER = 60_000;
const ROUND = 60_000;
/** Long steps that one round makes good; the rest follows a minute later. */
const MOST_IN_A_ROUND = 300;

/** Makes five-minute rows of those of 30 s. One instance at a time does it, for all; missed ones are made good for as long as the short ones last. */
export class RollUp {
  readonly #app: App;
  #timer: NodeJS.Timeout | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.run(Date.now()).catch((err: unknown) => this.#app.log.warn({ err }, "the long history could not be made; it is tried again"));
    }, ROUND);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async run(now: number): Promise<void> {
    for (let step = 0; step < MOST_IN_A_ROUND; step++) {
      const isDone = await this.#app.database.transaction((tx) => rollNext(tx, now));
      if (isDone) {
        return;
      }
    }
  }
}

/** The oldest step that is missing; true: there is none, or another instance is at it. */
const rollNext = async (tx: Transaction, now: number): Promise<boolean> => {
  if (!(await tryLock(tx, "history roll-up"))) {
    return true;
  }
  // From the last one on: a stretch in which nothing was told has no rows, and is passed over at once.
  const { rows: ends } = await sql<{ at: Date | null }>`
    select min(at) as at from history_30s where at >= coalesce((select max(at) + interval '5 minutes' from history_5m), '-infinity')`.execute(
    tx,
  );
  const oldest = ends[0]?.at;
  if (oldest === null || oldest === undefined) {
    return true;
  }
  const from = Math.floor(oldest.getTime() / LONG_STEP) * LONG_STEP;
  if (from + LONG_STEP + AFTER > now) {
    return true;
  }
  const { rows } = await sql<{ node_id: string; epoch: string; body: Buffer }>`
    select node_id, epoch::text as epoch, body from history_30s where at >= ${new Date(from)} and at < ${new Date(from + LONG_STEP)}`.execute(
    tx,
  );
  const byNode = [...Map.groupBy(rows, ({ node_id: id }) => id)];
  const made = byNode.map(([, of]) => packStep(mergeSteps(of.flatMap(({ body }) => unpackStep(body) ?? []))));
  const epochs = byNode.map(([, of]) => of.reduce((most, { epoch }) => (BigInt(epoch) > most ? BigInt(epoch) : most), 0n).toString());
  await sql`
    insert into history_5m (node_id, at, epoch, body)
    select r.node_id, ${new Date(from)}, r.epoch, r.body
    from unnest(${byNode.map(([id]) => id)}::uuid[], ${epochs}::bigint[], ${made}::bytea[]) as r(node_id, epoch, body)
    on conflict (node_id, at) do nothing`.execute(tx);
  return false;
};
