import { sql } from "kysely";
import type { App } from "../app.ts";
import { tryLock } from "../database/advisory-lock.ts";
import type { OwnEvent } from "../events/event-draft.ts";

/** Milliseconds between two rounds. */
const ROUND = 5_000;

type Tell = (node: { nodeId: string; epoch: bigint }, event: OwnEvent) => void;

/**
 * What becomes of alarms by time alone: those that fade, those whose shelf is over, and nodes that are away without anybody having told it,
 * since their instance ended or the database was away at the time. One instance at a time does it.
 */
export class AlarmSweep {
  readonly #app: App;
  readonly #tell: Tell;
  #timer: NodeJS.Timeout | undefined;

  constructor(app: App, tell: Tell) {
    this.#app = app;
    this.#tell = tell;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#round(), ROUND);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async run(): Promise<void> {
    const away = await this.#app.database.transaction(async (tx) => {
      if (!(await tryLock(tx, "alarm sweep"))) {
        return [];
      }
      const { rows: over } = await sql<{ id: string }>`
        update alarms a set is_raised = false, cleared_at = now(), fades_at = null
        where a.is_raised and (a.fades_at <= now() or (a.error_code = 'node_disconnected' and exists (
          select 1 from nodes n join node_connections c on c.node_id = n.id
          where n.id = a.node_id and n.status <> 'offline' and c.instance_id is not null and n.status_since < now() - interval '10 seconds')))
        returning id`.execute(tx);
      const { rows: back } = await sql<{ id: string }>`
        update alarms set shelved_until = null, shelved_by = null where shelved_until <= now() returning id`.execute(tx);
      const changed = [...over, ...back].map(({ id }) => id);
      if (changed.length > 0) {
        await this.#app.messages.publish(tx, "alarms", { events: [], alarms: changed });
      }
      const { rows } = await sql<{ id: string; epoch: string }>`
        select n.id, coalesce(c.epoch, 0)::text as epoch from nodes n left join node_connections c on c.node_id = n.id
        where n.status = 'offline' and n.status_since < now() - make_interval(secs => ${this.#app.settings.current.node_offline_threshold_secs})
          and not exists (select 1 from alarms a where a.node_id = n.id and a.error_code = 'node_disconnected' and a.is_raised)`.execute(
        tx,
      );
      return rows;
    });
    for (const { id, epoch } of away) {
      this.#tell(
        { nodeId: id, epoch: BigInt(epoch) },
        {
          severity: "critical",
          category: "connection",
          message: "The node has not come back",
          details: { error_code: "node_disconnected" },
        },
      );
    }
  }

  async #round(): Promise<void> {
    await this.run().catch((err: unknown) => this.#app.log.warn({ err }, "alarms that are over by time could not be ended"));
  }
}
