import { sql } from "kysely";
import type { App } from "../app.ts";
import type { NodeListener } from "../node-link/hub.ts";
import { OWN_RULES } from "./event-rules.ts";

/** Milliseconds by which a node's word on how long it runs may be wrong. */
const SLACK = 5_000;
/** Milliseconds in which nodes gather: when an instance starts they all come at once. */
const GATHER = 1_000;

/**
 * Ends what a node told before it was started anew: a program that begins knows nothing of the alarms of the one before, and tells by itself
 * what is still so.
 */
export class NodeRestarts {
  readonly #app: App;
  readonly #asked = new WeakSet<object>();
  /** By node: when it was started, milliseconds since 1970. */
  #waiting = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

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
      if (Number.isFinite(started) && started > 0) {
        this.#waiting.set(connection.node.nodeId, started);
        this.#timer ??= setTimeout(() => void this.#end(), GATHER).unref();
      }
    },
  };

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #end(): Promise<void> {
    const nodes = this.#waiting;
    this.#waiting = new Map();
    try {
      await endStale(this.#app, nodes);
    } catch (err) {
      this.#app.log.warn({ err }, "alarms of nodes from before they were started could not be ended; it is tried again");
      this.#waiting = new Map([...nodes, ...this.#waiting]);
    }
    this.#timer = this.#waiting.size > 0 ? setTimeout(() => void this.#end(), GATHER).unref() : undefined;
  }
}

const endStale = (app: App, nodes: ReadonlyMap<string, number>): Promise<void> =>
  app.database.transaction(async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update alarms a set is_raised = false, cleared_at = now(), fades_at = null
      from unnest(${[...nodes.keys()]}::uuid[], ${[...nodes.values()].map((at) => new Date(at).toISOString())}::timestamptz[]) as s(node_id, started)
      where a.node_id = s.node_id and a.is_raised and a.last_seen < s.started and a.error_code <> all(${Object.keys(OWN_RULES)}::text[])
      returning a.id`.execute(tx);
    if (rows.length > 0) {
      await app.messages.publish(tx, "alarms", { events: [], alarms: rows.map(({ id }) => id) });
    }
  });
