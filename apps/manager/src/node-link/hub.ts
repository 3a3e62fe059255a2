import { NODE_BUDGET, type NodeMessage } from "@bilbycast/contracts/node-link";
import { sql } from "kysely";
import type { App } from "../app.ts";
import { refusal } from "../http/faults.ts";
import { forgetToken } from "./admission.ts";
import { NodeConnection, OVER_BUDGET, type Acknowledgement } from "./connection.ts";
import { FrameBudget } from "./frame-budget.ts";
import { NodeSocket, type Arrival } from "./node-socket.ts";
import type { RemoteCalls } from "./remote-calls.ts";
import { Turns } from "./turns.ts";

export type NodeListener = {
  onArrive?(connection: NodeConnection): void;
  onMessage?(connection: NodeConnection, message: NodeMessage): void;
  /** `isLast`: it did not come back on another connection. */
  onLeave?(connection: NodeConnection, reason: string): void;
};

/** Why connections end when this instance does. */
export const MANAGER_STOPS = "the manager stops";

export type NodeAction = { type: string; [field: string]: unknown };

/** The nodes of this instance, and the way to those of others. */
export class NodeHub {
  readonly door: NodeSocket;
  readonly #app: App;
  readonly #remote: RemoteCalls;
  readonly #connections = new Map<string, NodeConnection>();
  /** By node, and not by connection: who comes back does not begin anew. */
  readonly #budgets = new Map<string, FrameBudget>();
  readonly #turns = new Turns();
  readonly #listeners: NodeListener[] = [];
  /** Connections that ended since their node sent too much, and statistics that newer ones took the place of, since the start. */
  overBudget = 0;
  #shedBefore = 0;
  #keepalive: NodeJS.Timeout | undefined;
  /** Hears how each command went and how many seconds it took. */
  onCommand: ((outcome: "done" | "failed", seconds: number) => void) | undefined;

  constructor(app: App, remote: RemoteCalls) {
    this.#app = app;
    this.#remote = remote;
    this.door = new NodeSocket(app, (arrival) => this.#arrive(arrival));
    this.#schedulePings();
  }

  listen(listener: NodeListener): void {
    this.#listeners.push(listener);
  }

  get connections(): ReadonlyMap<string, NodeConnection> {
    return this.#connections;
  }

  get shed(): number {
    return [...this.#connections.values()].reduce((sum, { shed }) => sum + shed, this.#shedBefore);
  }

  /** Sends a command, wherever the node is, and waits for its acknowledgement. */
  async command(nodeId: string, action: NodeAction, waitMs: number): Promise<Acknowledgement> {
    const startedAt = performance.now();
    const told = (outcome: "done" | "failed"): void => this.onCommand?.(outcome, (performance.now() - startedAt) / 1_000);
    try {
      const acknowledgement = await this.#send(nodeId, action, waitMs);
      told("done");
      return acknowledgement;
    } catch (error) {
      told("failed");
      throw error;
    }
  }

  async #send(nodeId: string, action: NodeAction, waitMs: number): Promise<Acknowledgement> {
    const connection = this.#connections.get(nodeId);
    if (connection !== undefined) {
      return connection.command(action, waitMs);
    }
    const instanceId = await this.ownerOf(nodeId);
    if (instanceId === undefined || instanceId === this.#app.instanceId) {
      throw refusal("node_not_connected", "The node is not here");
    }
    return this.#remote.command(instanceId, nodeId, action, waitMs);
  }

  /** Of another instance's call: this instance's nodes only. */
  commandHere(nodeId: string, action: NodeAction, waitMs: number): Promise<Acknowledgement> {
    const connection = this.#connections.get(nodeId);
    return connection === undefined
      ? Promise.reject(refusal("node_not_connected", "The node is not here"))
      : connection.command(action, waitMs);
  }

  /** Which instance has the node now. */
  async ownerOf(nodeId: string): Promise<string | undefined> {
    const { rows } = await sql<{ instance_id: string }>`
      select c.instance_id from node_connections c join manager_instances i on i.id = c.instance_id
      where c.node_id = ${nodeId} and i.last_heartbeat_at > now() - interval '15 seconds'`.execute(this.#app.database.queries);
    return rows[0]?.instance_id;
  }

  /** The node came to another instance, or is no more: what is here of it goes. */
  drop(nodeId: string, olderThan: bigint | undefined, reason: string, code?: number): void {
    const connection = this.#connections.get(nodeId);
    if (connection !== undefined && (olderThan === undefined || connection.node.epoch < olderThan)) {
      connection.end(reason, code);
    }
  }

  close(): void {
    clearTimeout(this.#keepalive);
    this.door.close();
    for (const connection of this.#connections.values()) {
      connection.end(MANAGER_STOPS);
    }
  }

  #arrive({ socket, node, remoteAddress }: Arrival): void {
    const former = this.#connections.get(node.nodeId);
    if (former !== undefined && former.node.epoch > node.epoch) {
      socket.close(1_000, "a newer connection is here");
      return;
    }
    let isProved = node.secret === undefined;
    const budget = this.#budgets.get(node.nodeId) ?? new FrameBudget(NODE_BUDGET, performance.now());
    this.#budgets.set(node.nodeId, budget);
    const connection = new NodeConnection(
      socket,
      node,
      remoteAddress,
      { budget, turns: this.#turns },
      {
        onMessage: (from, message) => {
          if (!isProved) {
            isProved = true;
            forgetToken(this.#app.database.queries, { id: node.nodeId }).catch((err: unknown) =>
              this.#app.log.error({ err }, "a used token could not be forgotten"),
            );
          }
          // A listener's fault is ours, not the node's: the connection goes on.
          this.#each("message", (listener) => listener.onMessage?.(from, message));
        },
        onClose: (from, reason) => this.#leave(from, reason),
      },
    );
    this.#connections.set(node.nodeId, connection);
    former?.end("a newer connection is here");
    this.#each("arrival", (listener) => listener.onArrive?.(connection));
  }

  #leave(connection: NodeConnection, reason: string): void {
    const { nodeId } = connection.node;
    this.#shedBefore += connection.shed;
    this.overBudget += reason === OVER_BUDGET ? 1 : 0;
    // A newer connection has taken the place: the node is not gone.
    if (this.#connections.get(nodeId) === connection) {
      this.#connections.delete(nodeId);
      this.#each("end", (listener) => listener.onLeave?.(connection, reason));
    }
  }

  #each(what: string, tell: (listener: NodeListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        tell(listener);
      } catch (err) {
        this.#app.log.error({ err }, `a node's ${what} could not be taken in`);
      }
    }
  }

  #schedulePings(): void {
    this.#keepalive = setTimeout(() => {
      for (const connection of this.#connections.values()) {
        connection.ping();
      }
      const now = performance.now();
      for (const [nodeId, budget] of this.#budgets) {
        if (!this.#connections.has(nodeId) && budget.isFull(now)) {
          this.#budgets.delete(nodeId);
        }
      }
      this.#schedulePings();
    }, this.#app.settings.current.ws_keepalive_interval_secs * 1_000);
    this.#keepalive.unref();
  }
}
