import { CLOSE_CODES } from "@bilbycast/contracts/node-link";
import { z } from "zod";
import type { App } from "../app.ts";
import type { NodeHub } from "./hub.ts";

/** Milliseconds between two looks at whose time is over. */
const LOOK = 500;
/** Why a connection ends when its node's time is over. */
export const EXPIRED = "node has expired";

const changed = z.object({ node_id: z.string() });

/**
 * Until when nodes that are connected here may be: read when they come in, again when somebody changes it on any instance, and when that may
 * have been missed. A node's name and whose it is are kept nowhere but in the database.
 */
export class NodeExpiry {
  readonly #app: App;
  readonly #hub: NodeHub;
  readonly #timer: NodeJS.Timeout;

  constructor(app: App, hub: NodeHub) {
    this.#app = app;
    this.#hub = hub;
    this.#timer = setInterval(() => this.#look(Date.now()), LOOK).unref();
    app.messages.on("nodes", (message) => {
      const { data } = changed.safeParse(message);
      if (data !== undefined && hub.connections.has(data.node_id)) {
        void this.#read([data.node_id]);
      }
    });
    app.messages.onGap(() => void this.#read([...hub.connections.keys()]));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(now: number): void {
    for (const { node } of this.#hub.connections.values()) {
      if (node.expiresAt !== undefined && node.expiresAt <= now) {
        this.#hub.drop(node.nodeId, undefined, EXPIRED, CLOSE_CODES.node_expired.code);
      }
    }
  }

  async #read(nodeIds: readonly string[]): Promise<void> {
    try {
      const rows =
        nodeIds.length === 0
          ? []
          : await this.#app.database.queries.selectFrom("nodes").select(["id", "expires_at"]).where("id", "in", nodeIds).execute();
      for (const row of rows) {
        const connection = this.#hub.connections.get(row.id);
        if (connection !== undefined) {
          connection.node.expiresAt = row.expires_at?.getTime();
        }
      }
      this.#look(Date.now());
    } catch (err) {
      this.#app.log.warn({ err }, "until when nodes may be here could not be read");
    }
  }
}
