import { decide, NODE_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import { violatedUnique } from "../database/query-fault.ts";
import type { Transaction } from "../database/tables.ts";
import { assertQuota } from "../groups/quotas.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, nodeIn } from "../http/request-context.ts";
import { letSee } from "./let-see.ts";
import { nodeView, type NodeRooms } from "./routes.ts";

/** With whom a node is shared, and whose it is. */
export const shareRoutes = (rooms: NodeRooms): void => {
  readRoute(rooms);
  changeRoutes(rooms);
  transferRoute(rooms);
};

const readRoute = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.shares, async ({ params }) => {
    const rows = await app.database.queries
      .selectFrom("resource_shares")
      .select(["group_id", "permission", "expires_at"])
      .where("resource_id", "=", params.node_id)
      .orderBy("group_id")
      .execute();
    return { shares: rows.map((row) => ({ ...row, expires_at: row.expires_at?.toISOString() ?? null })) };
  });
};

const changeRoutes = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.setShare, (asked) =>
    app.database.transaction(async (tx) => {
      const { nodeId, ownerGroupId } = nodeIn(asked);
      const { group_id: groupId } = asked.params;
      const { permission, expires_at: expiresAt } = asked.body;
      // Whether there is such a group is none of the owner's business: a share with none of them is a share that nobody has.
      if (groupId === ownerGroupId) {
        throw notFound();
      }
      const before = await tx
        .selectFrom("resource_shares")
        .select(["permission", "expires_at"])
        .where("resource_id", "=", nodeId)
        .where("group_id", "=", groupId)
        .forUpdate()
        .executeTakeFirst();
      const row = { permission, expires_at: expiresAt === null ? null : new Date(expiresAt), created_by: callerIn(asked).name };
      await tx
        .insertInto("resource_shares")
        .values({ resource_type: "node", resource_id: nodeId, group_id: groupId, ...row })
        .onConflict((conflict) => conflict.columns(["resource_type", "resource_id", "group_id"]).doUpdateSet(row))
        .execute();
      await app.announceAccessChange(tx);
      const { name } = await nodeView(tx, asked, nodeId);
      await record(tx, actorIn(app, asked), {
        action: "node.share",
        groupId: ownerGroupId,
        target: { type: "node", id: nodeId, name },
        changes: differencesOf(
          before === undefined ? undefined : { permission: before.permission, expires_at: before.expires_at?.toISOString() ?? null },
          { permission, expires_at: expiresAt },
        ),
        // Its id was known already; its name is none of the owner's business.
        details: { with_group: groupId },
      });
      return { group_id: groupId, permission, expires_at: row.expires_at?.toISOString() ?? null };
    }),
  );
  serve(app, NODE_ENDPOINTS.removeShare, (asked) =>
    app.database.transaction(async (tx) => {
      const { nodeId, ownerGroupId } = nodeIn(asked);
      const { group_id: groupId } = asked.params;
      const gone = await tx
        .deleteFrom("resource_shares")
        .where("resource_id", "=", nodeId)
        .where("group_id", "=", groupId)
        .returning("permission")
        .executeTakeFirst();
      if (gone === undefined) {
        throw notFound();
      }
      await app.announceAccessChange(tx);
      const { name } = await nodeView(tx, asked, nodeId);
      await record(tx, actorIn(app, asked), {
        action: "node.unshare",
        groupId: ownerGroupId,
        target: { type: "node", id: nodeId, name },
        details: { with_group: groupId },
      });
    }),
  );
};

/** What lasts goes with the node; what people of the former group said of it, and what is over, does not. Its events stay where they were. */
const handOverAlarms = async (tx: Transaction, { messages }: App, nodeId: string, groupId: string): Promise<void> => {
  await tx.deleteFrom("alarms").where("node_id", "=", nodeId).where("is_raised", "=", false).execute();
  const nothingSaid = { acknowledged_at: null, acknowledged_by: null, note: null, shelved_until: null, shelved_by: null };
  const raised = await tx
    .updateTable("alarms")
    .set({ group_id: groupId, ...nothingSaid })
    .where("node_id", "=", nodeId)
    .returning("id")
    .execute();
  await messages.publish(tx, "alarms", { events: [], alarms: raised.map(({ id }) => id) });
};

const transferRoute = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.transferNode, (asked) =>
    app.database
      .transaction(async (tx) => {
        const { nodeId, ownerGroupId } = nodeIn(asked);
        const { new_group_id: groupId } = asked.body;
        // To be admin there too; a group that is none of theirs is not there.
        const verdict = decide("node.create", callerIn(asked).subject, { groupId }, new Date().toISOString());
        if (verdict.is === "hidden") {
          throw notFound();
        }
        if (verdict.is === "refused") {
          throw refusal("insufficient_role", "It takes the role admin in the new group too", { required_role: verdict.needs });
        }
        const { name } = await nodeView(tx, asked, nodeId);
        if (groupId !== ownerGroupId) {
          await assertQuota(tx, groupId, "nodes");
          await tx
            .updateTable("nodes")
            .set((set) => ({ owner_group_id: groupId, version: set("version", "+", 1) }))
            .where("id", "=", nodeId)
            .execute();
          await handOverAlarms(tx, app, nodeId, groupId);
          await tx.deleteFrom("resource_shares").where("resource_id", "=", nodeId).execute();
          await app.announceAccessChange(tx);
        }
        const node = await nodeView(tx, { caller: await letSee(tx, app, callerIn(asked), groupId, nodeId) }, nodeId);
        // Both groups are to find it in their records.
        for (const home of new Set([ownerGroupId, groupId])) {
          await record(tx, actorIn(app, asked), {
            action: "node.transfer",
            groupId: home,
            target: { type: "node", id: nodeId, name },
            changes: differencesOf({ owner_group_id: ownerGroupId }, { owner_group_id: groupId }),
          });
        }
        return node;
      })
      .catch((error: unknown) => {
        throw violatedUnique(error) === "nodes_name" ? refusal("name_taken", "A node of the new group has this name") : error;
      }),
  );
};
