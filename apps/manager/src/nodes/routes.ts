import { NODE_ENDPOINTS, type ManagedNode } from "@bilbycast/contracts/manager-api";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import { violatedUnique } from "../database/query-fault.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import { assertQuota } from "../groups/quotas.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, nodeIn, type Asked } from "../http/request-context.ts";
import type { NodeHub } from "../node-link/hub.ts";
import type { NodeStates } from "../node-link/node-states.ts";
import { assertVersion } from "../people/routes.ts";
import { giveToken } from "./enrolment.ts";
import { letSee } from "./let-see.ts";
import { nodeViews } from "./node-view.ts";
import { rotateSecret } from "./rotate-secret.ts";

export type NodeRooms = { readonly app: App; readonly hub: NodeHub; readonly states: NodeStates };

/** Nodes as the manager keeps them. */
export const nodeRoutes = (rooms: NodeRooms): void => {
  deviceTypeRoute(rooms);
  readRoutes(rooms);
  createRoute(rooms);
  updateRoute(rooms);
  deleteRoute(rooms);
  credentialRoutes(rooms);
};

const deviceTypeRoute = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.deviceTypes, () => ({
    device_types: [...app.drivers.values()].map(({ deviceType, displayName, commands, sections, topology }) => ({
      device_type: deviceType,
      display_name: displayName,
      supported_commands: commands.map(({ name, description, requires_role, changes_config }) => ({
        name,
        description,
        requires_role,
        changes_config,
      })),
      sections: [...sections],
      topology: { ...topology },
    })),
  }));
};

/** Throws when it is not there, or not for the caller. */
export const nodeView = async (
  queries: Queries | Transaction,
  asked: Pick<Asked<typeof NODE_ENDPOINTS.node>, "caller">,
  id: string,
): Promise<ManagedNode> => {
  const [node] = await nodeViews(queries, callerIn(asked).subject, { ids: [id] });
  if (node === undefined) {
    throw notFound();
  }
  return node;
};

const readRoutes = ({ app, states }: NodeRooms): void => {
  const { queries } = app.database;
  serve(app, NODE_ENDPOINTS.nodes, async (asked) => ({ nodes: await nodeViews(queries, callerIn(asked).subject, asked.query) }));
  serve(app, NODE_ENDPOINTS.node, (asked) => nodeView(queries, asked, asked.params.node_id));
  serve(app, NODE_ENDPOINTS.nodeState, async ({ params }) => {
    const state = states.get(params.node_id);
    const kept =
      state?.health === undefined
        ? await queries.selectFrom("nodes").select(["last_health", "last_seen_at"]).where("id", "=", params.node_id).executeTakeFirst()
        : undefined;
    return {
      stats: state?.stats ?? null,
      stats_at: state === undefined || state.statsAt === 0 ? null : new Date(state.statsAt).toISOString(),
      health: state?.health ?? kept?.last_health ?? null,
      health_at: state?.health === undefined ? (kept?.last_seen_at?.toISOString() ?? null) : new Date(state.healthAt).toISOString(),
      metrics: (state?.summary?.metrics ?? []).map((metric) => ({ ...metric })),
    };
  });
};

const createRoute = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.createNode, async (asked) => {
    const { group_id: groupId, device_type: deviceType, ...described } = asked.body;
    if (!app.drivers.has(deviceType)) {
      throw refusal("device_type_unknown", `There is no driver for ${deviceType}; there are ${[...app.drivers.keys()].join(", ")}`, {
        field: "body.device_type",
      });
    }
    return app.database
      .transaction(async (tx) => {
        await assertQuota(tx, groupId, "nodes");
        const { id } = await tx
          .insertInto("nodes")
          .values({
            ...described,
            expires_at: described.expires_at === null ? null : new Date(described.expires_at),
            owner_group_id: groupId,
            device_type: deviceType,
          })
          .returning("id")
          .executeTakeFirstOrThrow();
        const enrolment = await giveToken(tx, app, id, asked.reply.request);
        const node = await nodeView(tx, { caller: await letSee(tx, app, callerIn(asked), groupId, id) }, id);
        await record(tx, actorIn(app, asked), {
          action: "node.create",
          groupId,
          target: { type: "node", id, name: described.name },
          changes: differencesOf(undefined, { ...described, device_type: deviceType }),
        });
        return { node, enrolment };
      })
      .catch((error: unknown) => {
        throw nameTaken(error);
      });
  });
};

const nameTaken = (error: unknown): unknown =>
  violatedUnique(error) === "nodes_name" ? refusal("name_taken", "Another node of the group has this name", { field: "body.name" }) : error;

const DESCRIBED = ["name", "description", "expires_at", "web_ui_url", "network_type", "network_zone"] as const;

const updateRoute = ({ app }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.updateNode, async (asked) => {
    const { nodeId, ownerGroupId } = nodeIn(asked);
    const { body } = asked;
    return app.database
      .transaction(async (tx) => {
        const before = await tx
          .selectFrom("nodes")
          .select([...DESCRIBED, "version"])
          .where("id", "=", nodeId)
          .forUpdate()
          .executeTakeFirst();
        if (before === undefined) {
          throw notFound();
        }
        assertVersion(asked.version, before.version);
        // Whichever instance has it lets it go when its time is over.
        await app.messages.publish(tx, "nodes", { node_id: nodeId });
        await tx
          .updateTable("nodes")
          .set({ ...body, expires_at: body.expires_at === null ? null : new Date(body.expires_at), version: before.version + 1 })
          .where("id", "=", nodeId)
          .execute();
        const after = await nodeView(tx, asked, nodeId);
        const { version: _, ...old } = before;
        await record(tx, actorIn(app, asked), {
          action: "node.update",
          groupId: ownerGroupId,
          target: { type: "node", id: nodeId, name: before.name },
          changes: differencesOf({ ...old, expires_at: old.expires_at?.toISOString() ?? null }, body),
        });
        return after;
      })
      .catch((error: unknown) => {
        throw nameTaken(error);
      });
  });
};

const deleteRoute = ({ app, hub, states }: NodeRooms): void => {
  serve(app, NODE_ENDPOINTS.deleteNode, async (asked) => {
    const { nodeId, ownerGroupId } = nodeIn(asked);
    await app.database.transaction(async (tx) => {
      const gone = await tx.deleteFrom("nodes").where("id", "=", nodeId).returning("name").executeTakeFirst();
      if (gone === undefined) {
        throw notFound();
      }
      await app.messages.publish(tx, "node_owner", { node_id: nodeId });
      await record(tx, actorIn(app, asked), {
        action: "node.delete",
        groupId: ownerGroupId,
        target: { type: "node", id: nodeId, name: gone.name },
      });
    });
    hub.drop(nodeId, undefined, "the node was removed");
    states.forget(nodeId);
  });
};

const credentialRoutes = (rooms: NodeRooms): void => {
  const { app, hub } = rooms;
  serve(app, NODE_ENDPOINTS.nodeToken, async (asked) => {
    const { nodeId, ownerGroupId } = nodeIn(asked);
    const enrolment = await app.database.transaction(async (tx) => {
      const node = await tx
        .updateTable("nodes")
        .set({ status: "pending", status_since: new Date(), secret_fingerprint: null, next_secret_fingerprint: null })
        .where("id", "=", nodeId)
        .returning("name")
        .executeTakeFirst();
      if (node === undefined) {
        throw notFound();
      }
      const given = await giveToken(tx, app, nodeId, asked.reply.request);
      await app.messages.publish(tx, "node_owner", { node_id: nodeId });
      await record(tx, actorIn(app, asked), {
        action: "node.token",
        groupId: ownerGroupId,
        target: { type: "node", id: nodeId, name: node.name },
      });
      return given;
    });
    hub.drop(nodeId, undefined, "a new registration token was given out");
    return enrolment;
  });
  serve(app, NODE_ENDPOINTS.rotateSecret, (asked) => rotateSecret(rooms, nodeIn(asked), actorIn(app, asked)));
};
