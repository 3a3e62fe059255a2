import { sql } from "kysely";
import { PROTOCOL_VERSION } from "@bilbycast/contracts/node-link";
import type { App } from "../app.ts";
import { storableJson } from "../audit/canonical-json.ts";
import { OVER_BUDGET, type NodeConnection } from "./connection.ts";
import type { OwnEvent } from "../events/event-draft.ts";
import { WriteOrder } from "./write-order.ts";
import { MANAGER_STOPS, type NodeHub, type NodeListener } from "./hub.ts";

export type TellEvent = (node: { nodeId: string; epoch: bigint }, event: OwnEvent) => void;

/** Keeps in the database whether nodes are here. Fenced: a connection that is not the node's newest changes nothing. */
export const presenceOf = (app: App, hub: NodeHub, tell: TellEvent): NodeListener => {
  app.messages.on("node_owner", (message) => {
    const { node_id: nodeId, epoch, instance_id: instanceId } = message as { node_id?: string; epoch?: string; instance_id?: string };
    if (typeof nodeId === "string" && instanceId !== app.instanceId) {
      hub.drop(nodeId, typeof epoch === "string" ? BigInt(epoch) : undefined, "it came to another instance");
    }
  });
  const orders = new WeakMap<NodeConnection, WriteOrder>();
  const write = (connection: NodeConnection, kind: "arrival" | "health" | "end", work: () => Promise<unknown>): void => {
    const order = orders.get(connection) ?? new WriteOrder((err) => app.log.error({ err }, "whether a node is here could not be kept"));
    orders.set(connection, order);
    order.write(kind, work);
  };
  return {
    onArrive: (connection) => {
      write(connection, "arrival", () => setStatus(app, connection, "online"));
      tell(connection.node, {
        severity: "info",
        category: "connection",
        message: "The node has connected",
        details: { error_code: "node_connected", remote_address: connection.remoteAddress },
      });
      const { protocolVersion, softwareVersion } = connection.node;
      if (protocolVersion > PROTOCOL_VERSION) {
        tell(connection.node, {
          severity: "warning",
          category: "compatibility",
          message: `The node speaks protocol ${protocolVersion}, this manager ${PROTOCOL_VERSION}`,
          details: { error_code: "protocol_newer", protocol_version: protocolVersion, software_version: softwareVersion },
        });
      }
    },
    onMessage: (connection, message) => {
      if (message.type === "health") {
        const status = app.drivers.get(connection.node.deviceType)?.statusOf(message.payload) ?? "online";
        write(connection, "health", () => keepHealth(app, connection, message.payload, status));
      }
    },
    onLeave: (connection, reason) => {
      write(connection, "end", () => release(app, connection));
      // It comes to another instance, or back in a moment; if it does not that is told later.
      if (reason === MANAGER_STOPS) {
        return;
      }
      if (reason === OVER_BUDGET) {
        tell(connection.node, {
          severity: "warning",
          category: "connection",
          message: "The node sent more than a node may, and its connection was closed",
          details: { error_code: "node_over_budget", remote_address: connection.remoteAddress },
        });
      }
      tell(connection.node, {
        severity: "critical",
        category: "connection",
        message: `The node has gone: ${reason}`,
        details: { error_code: "node_disconnected" },
      });
    },
  };
};

/** Also false once it was released: what was written of an arrival may come after what was written of the end. */
const isNewest = ({ node }: NodeConnection): ReturnType<typeof sql<boolean>> =>
  sql<boolean>`exists (select 1 from node_connections c
    where c.node_id = ${node.nodeId} and c.epoch = ${node.epoch.toString()}::bigint and c.instance_id is not null)`;

const setStatus = (app: App, connection: NodeConnection, status: "online" | "degraded" | "error"): Promise<void> =>
  app.database.transaction(async (tx) => {
    const { nodeId, epoch } = connection.node;
    await sql`
      update nodes set status = ${status}, status_since = case when status = ${status} then status_since else now() end, last_seen_at = now()
      where id = ${nodeId} and ${isNewest(connection)}`.execute(tx);
    await app.messages.publish(tx, "node_owner", { node_id: nodeId, epoch: epoch.toString(), instance_id: app.instanceId });
  });

const keepHealth = async (
  app: App,
  connection: NodeConnection,
  health: { version?: string | undefined; capabilities: readonly string[] },
  status: "online" | "degraded" | "error",
): Promise<void> => {
  const capabilities = JSON.stringify(storableJson(health.capabilities.slice(0, 256).map((word) => word.slice(0, 64))));
  const version = health.version === undefined ? null : storableJson(health.version.slice(0, 256));
  await sql`
    update nodes set last_health = ${JSON.stringify(storableJson(health))}::jsonb, capabilities = ${capabilities}::jsonb, last_seen_at = now(),
      software_version = coalesce(${version}, software_version),
      status = ${status}, status_since = case when status = ${status} then status_since else now() end
    where id = ${connection.node.nodeId} and ${isNewest(connection)}`.execute(app.database.queries);
};

/** The node's row first, as whoever lets nodes in does it: two that met in the other order would be in each other's way for ever. */
const release = (app: App, connection: NodeConnection): Promise<void> =>
  app.database.transaction(async (tx) => {
    const { nodeId, epoch } = connection.node;
    await sql`select 1 from nodes where id = ${nodeId} for update`.execute(tx);
    await sql`
      with released as (
        update node_connections set instance_id = null, region = null where node_id = ${nodeId} and epoch = ${epoch.toString()}::bigint returning node_id
      )
      update nodes n set status = 'offline', status_since = now(), last_seen_at = ${new Date(connection.heardAt)}
      from released r where n.id = r.node_id`.execute(tx);
  });
