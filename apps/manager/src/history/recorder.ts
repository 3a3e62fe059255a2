import { sql } from "kysely";
import type { App } from "../app.ts";
import type { NodeStates, StateListener } from "../node-link/node-states.ts";
import { packStep } from "./packed-row.ts";
import { StepSums } from "./step-sums.ts";

/** Milliseconds of a step, and after its end until it is written: what was on its way has come. */
export const STEP = 30_000;
const AFTER = 500;
/** Steps that wait while the database is away: five minutes. */
const MOST_WAITING = 10;

type Rows = { at: Date; ids: string[]; epochs: string[]; bodies: Buffer[] };

/** Adds up what nodes of this instance tell, and writes it once in a step, all nodes in one statement. */
export class HistoryRecorder {
  readonly #app: App;
  readonly #onFailure: () => Promise<unknown>;
  readonly #sums = new Map<string, { epoch: bigint; sums: StepSums }>();
  readonly #waiting: Rows[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  /** Steps that were given up while the database was away. */
  dropped = 0;

  constructor(app: App, states: NodeStates, onFailure: () => Promise<unknown>) {
    this.#app = app;
    this.#onFailure = onFailure;
    states.onChange(this.#take);
  }

  start(): void {
    const wait = STEP - ((Date.now() - AFTER) % STEP);
    this.#timer = setTimeout(() => {
      void this.close(Date.now());
      this.start();
    }, wait);
    this.#timer.unref();
  }

  /** The step that has begun is not written: half of one would be taken for a whole. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #take: StateListener = ({ epoch, nodeId, summary }, what) => {
    if (what !== "stats" || summary === undefined) {
      return;
    }
    let known = this.#sums.get(nodeId);
    if (known === undefined) {
      known = { epoch, sums: new StepSums() };
      this.#sums.set(nodeId, known);
    }
    known.epoch = epoch;
    known.sums.add(summary);
  };

  /** Ends the step that is over at `now`, and writes it. */
  async close(now: number): Promise<void> {
    const rows: Rows = { at: new Date(endOf(now) - STEP), ids: [], epochs: [], bodies: [] };
    for (const [nodeId, { epoch, sums }] of this.#sums) {
      const step = sums.take();
      if (step === undefined) {
        // It has been silent for a whole step.
        this.#sums.delete(nodeId);
      } else {
        rows.ids.push(nodeId);
        rows.epochs.push(epoch.toString());
        rows.bodies.push(packStep(step));
      }
    }
    if (rows.ids.length > 0) {
      this.#waiting.push(rows);
      if (this.#waiting.length > MOST_WAITING) {
        this.#waiting.shift();
        this.dropped += 1;
      }
    }
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let rows = this.#waiting[0]; rows !== undefined; rows = this.#waiting[0]) {
      try {
        await writeRows(this.#app, "history_30s", rows);
      } catch (err) {
        this.#app.log.warn({ err, waiting: this.#waiting.length }, "how nodes do could not be kept; it is tried again with the next step");
        await this.#onFailure().catch(() => undefined);
        return;
      }
      // Another may have taken its place in the queue meanwhile.
      if (this.#waiting[0] === rows) {
        this.#waiting.shift();
      }
    }
  }
}

/** The nearest: a timer may be a millisecond early, or late. */
const endOf = (now: number): number => Math.round((now - AFTER) / STEP) * STEP;

/** Of two that write the same step of a node the one with the later connection is right; nodes that are no more have no rows. */
export const writeRows = async (app: Pick<App, "database">, table: "history_30s" | "history_5m", rows: Rows): Promise<void> => {
  await sql`
    insert into ${sql.table(table)} as h (node_id, at, epoch, body)
    select r.node_id, ${rows.at}, r.epoch, r.body from unnest(${rows.ids}::uuid[], ${rows.epochs}::bigint[], ${rows.bodies}::bytea[]) as r(node_id, epoch, body)
    where exists (select 1 from nodes n where n.id = r.node_id)
    on conflict (node_id, at) do update set epoch = excluded.epoch, body = excluded.body where excluded.epoch > h.epoch`.execute(
    app.database.queries,
  );
};
