import type { TakeResult } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { App } from "../app.ts";
import { record } from "../audit/record.ts";
import type { Transaction } from "../database/tables.ts";
import { changeDesk, holdDesk } from "./desk-rows.ts";
import { tellDesks } from "./desk-message.ts";
import { losePgm } from "./drift.ts";

/** Milliseconds between two looks, and seconds after which a take that is still open was left. */
const LOOK = 2_000;
const LONGEST_S = 45;

type Left = {
  id: string;
  group_id: string;
  kind: string;
  preset_id: string | null;
  preset_name: string;
  state: "taking" | "verifying";
  results: TakeResult[];
};

/** Ends takes that an instance left in the middle, and says so: on the desk, in the list of takes and on record. */
export class Interrupted {
  readonly #app: App;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** Before anything is taken here: what a former life of this instance left is its own. */
  async start(): Promise<void> {
    await this.#end(sql`t.instance_id = ${this.#app.instanceId}`);
    this.#timer = setInterval(() => this.#look(), LOOK).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  #look(): void {
    this.#working ??= this.#end(sql`
      (not exists (select 1 from manager_instances i where i.id = t.instance_id) or t.at < now() - make_interval(secs => ${LONGEST_S}))`)
      .catch((err: unknown) => this.#app.log.warn({ err }, "takes that were left could not be looked for"))
      .finally(() => {
        this.#working = undefined;
      });
  }

  async #end(which: ReturnType<typeof sql>): Promise<void> {
    const { rows } = await sql<{ id: string; group_id: string }>`
      select t.id, t.group_id from switcher_takes t where t.state in ('taking', 'verifying') and ${which}`.execute(
      this.#app.database.queries,
    );
    for (const { group_id: groupId, id } of rows) {
      await this.#app.database.transaction((tx) => this.#interrupt(tx, groupId, id, which));
    }
  }

  async #interrupt(tx: Transaction, groupId: string, id: string, which: ReturnType<typeof sql>): Promise<void> {
    const desk = await holdDesk(tx, groupId);
    const { rows } = await sql<Left>`
      select t.id, t.group_id, t.kind, t.preset_id, t.preset_name, t.state, t.results from switcher_takes t
      where t.id = ${id} and t.state in ('taking', 'verifying') and ${which} for update`.execute(tx);
    const [take] = rows;
    if (take === undefined) {
      return;
    }
    const outcome = take.state === "taking" ? "interrupted" : "unconfirmed";
    const results = take.results.map((result): TakeResult =>
      result.state === "pending"
        ? { ...result, state: "unknown", error_code: "outcome_unknown", error: "The manager went away before the node had answered" }
        : result.state === "acknowledged"
          ? { ...result, state: "unconfirmed", error_code: "not_told", error: "The manager went away before what leaves was seen" }
          : result,
    );
    await tx
      .updateTable("switcher_takes")
      .set({ state: outcome, results: JSON.stringify(results) })
      .where("id", "=", id)
      .execute();
    if (desk.taking_id === id) {
      await changeDesk(tx, groupId, { taking_id: null });
      // Whatever was on air before: some of it may have gone.
      await losePgm(tx, groupId, desk.pgm_preset_id ?? take.preset_id ?? id, "interrupted");
    }
    await tellDesks(this.#app, tx, { groups: [groupId] });
    await record(
      tx,
      { id: null, name: "system", via: "system", ipAddress: "", instanceId: this.#app.instanceId },
      {
        action: take.kind === "activate" ? "switcher.preset.activate" : "switcher.take",
        groupId,
        target: { type: "switcher_preset", id: take.preset_id ?? id, name: take.preset_name },
        details: { take_id: id, kind: take.kind, phase: "ended", outcome },
      },
    );
  }
}
