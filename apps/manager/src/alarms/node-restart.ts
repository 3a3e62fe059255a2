import { sql } from "kysely";
import type { App } from "../app.ts";
import type { NodeListener } from "../node-link/hub.ts";
import { OWN_RULES } from "./event-rules.ts";

/** Milliseconds by which a node's word on how long it runs may be wrong. */
const SLACK = 5_000;

/**
 * Ends what a node told before it was started anew: a program that begins knows nothing of the alarms of the one before, and tells by itself
 * what is still so.
 */
export class RestartListener {
  readonly #app: App;
  readonly #asked = new WeakSet<object>();

  constructor(app: App) {
    this.#app = app;
  }

  readonly listener: NodeListener = {
    onMessage: (connection, { type, payload, timestamp }) => {
      if ((type !== "health" && type !== "stats") || this.#asked.has(connection) || payload.uptime_secs === undefined) {
        return;
      }
      this.#asked.add(connection);
      const now = Date.now();
      const told = typeof timestamp === "string" ? Date.parse(timestamp) : now;
      // By the earlier of both clocks: rather an alarm too long than one that is gone while it lasts.
      const started = Math.min(now, Number.isFinite(told) ? told : now) - payload.uptime_secs * 1_000 - SLACK;
      this.#end(connection.node.nodeId, started).catch((err: unknown) =>
        this.#app.log.warn({ err }, "alarms of a node from before it was started could not be ended"),
      );
    },
  };

  async #end(nodeId: string, started: number): Promise<void> {
    if (!Number.isFinite(started)) {
      return;
    }
    await this.#app.database.transaction(async (tx) => {
      const { rows } = await sql<{ id: string }>`
        update alarms set is_raised = false, cleared_at = now(), fades_at = null
        where node_id = ${nodeId} and is_raised and last_seen < ${new Date(Math.max(0, started))} and error_code <> all(${Object.keys(OWN_RULES)}::text[])
        returning id`.execute(tx);
      if (rows.length > 0) {
        await this.#app.messages.publish(tx, "alarms", { events: [], alarms: rows.map(({ id }) => id) });
      }
    });
  }
}
