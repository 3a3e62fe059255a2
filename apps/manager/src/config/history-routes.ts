import { NODE_CONFIG_ENDPOINTS, type Change, type NodeObject } from "@bilbycast/contracts/manager-api";
import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import { actorIn, serve } from "../app.ts";
import { record, type Actor } from "../audit/record.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, nodeIn } from "../http/request-context.ts";
import { configuredNode, type ConfigRooms } from "./routes.ts";
import { differencesOf } from "./differences.ts";
import type { Json } from "./keyed.ts";

/** Configurations that a node had, and the way back to them. */
export const configHistoryRoutes = (rooms: ConfigRooms): void => {
  snapshotRoutes(rooms);
  restoreRoutes(rooms);
};

type SnapshotRow = { id: string; taken_at: Date; reason: string; label: string | null; by_name: string | null; revision: string };
const COLUMNS = ["id", "taken_at", "reason", "label", "by_name", "revision"] as const;

const viewOf = ({ taken_at: at, by_name: by, ...row }: SnapshotRow) => ({ ...row, taken_at: at.toISOString(), by });

const snapshotRoutes = (rooms: ConfigRooms): void => {
  const { app, keeper } = rooms;
  const { queries } = app.database;
  serve(app, NODE_CONFIG_ENDPOINTS.snapshots, async ({ params }) => {
    const rows = await queries
      .selectFrom("node_config_snapshots")
      .select(COLUMNS)
      .where("node_id", "=", params.node_id)
      .orderBy("taken_at", "desc")
      .limit(500)
      .execute();
    return { snapshots: rows.map((row) => viewOf(row)) };
  });
  serve(app, NODE_CONFIG_ENDPOINTS.snapshot, async ({ params }) => {
    const { config, row } = await readSnapshot(rooms, params.node_id, params.snapshot_id);
    const { configuration } = await configuredNode(rooms, params.node_id);
    const present = await keeper.reported(params.node_id);
    return { ...viewOf(row), config, differences: differencesOf(config, present?.config ?? config, configuration.secretNames) };
  });
  serve(app, NODE_CONFIG_ENDPOINTS.labelSnapshot, (asked) =>
    app.database.transaction(async (tx) => {
      const node = nodeIn(asked);
      const row = await tx
        .updateTable("node_config_snapshots")
        .set({ label: asked.body.label })
        .where("node_id", "=", node.nodeId)
        .where("id", "=", asked.params.snapshot_id)
        .returning(COLUMNS)
        .executeTakeFirst();
      if (row === undefined) {
        throw notFound();
      }
      const { name } = await configuredNode(rooms, node.nodeId);
      await record(tx, actorIn(app, asked), {
        action: "node.config.label",
        groupId: node.ownerGroupId,
        target: { type: "node", id: node.nodeId, name },
        details: { snapshot_id: row.id, label: row.label },
      });
      return viewOf(row);
    }),
  );
};

const readSnapshot = async ({ app, keeper }: ConfigRooms, nodeId: string, id: string): Promise<{ row: SnapshotRow; config: Json }> => {
  const row = await app.database.queries
    .selectFrom("node_config_snapshots")
    .select([...COLUMNS, "config_enc"])
    .where("node_id", "=", nodeId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) {
    throw notFound();
  }
  const { config_enc: sealed, ...rest } = row;
  return { row: rest, config: keeper.openSnapshot(id, sealed) };
};

const restoreRoutes = (rooms: ConfigRooms): void => {
  const { app } = rooms;
  serve(app, NODE_CONFIG_ENDPOINTS.restoreSnapshot, async (asked) => {
    const node = nodeIn(asked);
    const { config, row } = await readSnapshot(rooms, node.nodeId, asked.params.snapshot_id);
    return replace(rooms, node, config, {
      actor: actorIn(app, asked),
      by: callerIn(asked).name,
      action: "node.config.restore",
      summary: `Restored ${row.label ?? row.taken_at.toISOString()}`,
      details: { snapshot_id: row.id },
    });
  });
  serve(app, NODE_CONFIG_ENDPOINTS.revertChange, async (asked) => {
    const node = nodeIn(asked);
    const former = await rooms.changes.view(node.nodeId, asked.params.change_id);
    const kept = await app.database.queries
      .selectFrom("config_changes")
      .select(["before_snapshot_id", "after_revision"])
      .where("id", "=", former.id)
      .executeTakeFirst();
    const before = await rooms.keeper.fetch(node.nodeId);
    if (!former.can_revert || typeof kept?.before_snapshot_id !== "string" || kept.after_revision !== before.revision) {
      throw refusal(
        "change_not_revertible",
        "The change cannot be taken back: it failed, was taken back, or the configuration has moved on",
        { state: former.state },
      );
    }
    const { config } = await readSnapshot(rooms, node.nodeId, kept.before_snapshot_id);
    const change = await replace(rooms, node, config, {
      actor: actorIn(app, asked),
      by: callerIn(asked).name,
      action: "node.config.revert",
      summary: `Reverted: ${former.summary}`,
      details: { change_id: former.id },
    });
    await app.database.queries.updateTable("config_changes").set({ state: "reverted" }).where("id", "=", former.id).execute();
    return change;
  });
};

type Replacement = { actor: Actor; by: string; action: string; summary: string; details: Record<string, unknown> };

const replace = async (
  rooms: ConfigRooms,
  { nodeId, ownerGroupId }: NodeObject,
  config: Json,
  { actor, by, action, summary, details }: Replacement,
): Promise<Change> => {
  const { configuration, name, driver } = await configuredNode(rooms, nodeId);
  await rooms.app.database.transaction((tx) =>
    record(tx, actor, { action, groupId: ownerGroupId, target: { type: "node", id: nodeId, name }, details }),
  );
  const replacing = configuration.replaceAction(config);
  const command = driver.commands.find((each) => each.name === replacing.type) ?? { ack_wait_ms: ACK_WAIT_MS };
  const { id } = await rooms.changes.make({ nodeId, action: replacing, command, by, summary });
  return rooms.changes.view(nodeId, id);
};
