import { NODE_CONFIG_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { isFault } from "@bilbycast/foundation/fault";
import { ACK_WAIT_MS } from "@bilbycast/contracts/node-link";
import { actorIn, serve, type App } from "../app.ts";
import { record } from "../audit/record.ts";
import type { DeviceDriver, DriverConfiguration } from "../drivers/driver.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, nodeIn } from "../http/request-context.ts";
import type { NodeHub } from "../node-link/hub.ts";
import { changeViews } from "./change-store.ts";
import type { Changes } from "./changes.ts";
import type { ConfigKeeper, ReportedConfig } from "./config-keeper.ts";
import { differencesOf } from "./differences.ts";
import { isSame, revisionOf, type Json } from "./keyed.ts";
import { mergeThreeWay, type Merged } from "./merge.ts";

export type ConfigRooms = { readonly app: App; readonly hub: NodeHub; readonly keeper: ConfigKeeper; readonly changes: Changes };

/** Configurations of nodes: what they are, what they would be, and making them so. */
export const configRoutes = (rooms: ConfigRooms): void => {
  readRoutes(rooms);
  planRoute(rooms);
  putRoute(rooms);
};

/** The node's name and its driver. Throws when it is not there, or is of a kind that has no configuration. */
export const configuredNode = async (
  { app }: Pick<ConfigRooms, "app">,
  nodeId: string,
): Promise<{ name: string; driver: DeviceDriver; configuration: DriverConfiguration }> => {
  const node = await app.database.queries.selectFrom("nodes").select(["name", "device_type"]).where("id", "=", nodeId).executeTakeFirst();
  const driver = app.drivers.get(node?.device_type ?? "");
  if (node === undefined || driver?.configuration === undefined) {
    throw node === undefined ? notFound() : refusal("command_unsupported", "Devices of this kind have no configuration here");
  }
  return { name: node.name, driver, configuration: driver.configuration };
};

const known = async (keeper: ConfigKeeper, nodeId: string): Promise<ReportedConfig> => {
  const reported = await keeper.reported(nodeId);
  if (reported === undefined) {
    throw refusal("config_unknown", "The node has not told its configuration yet");
  }
  return reported;
};

/** What it is now where it can be asked, else what it was. */
const present = async (keeper: ConfigKeeper, nodeId: string): Promise<ReportedConfig & { isLive: boolean }> => {
  try {
    return { ...(await keeper.fetch(nodeId)), isLive: true };
  } catch (error) {
    if (isFault(error) && ["node_not_connected", "node_timeout", "node_busy"].includes(error.code)) {
      return { ...(await known(keeper, nodeId)), isLive: false };
    }
    throw error;
  }
};

const readRoutes = (rooms: ConfigRooms): void => {
  const { app, hub, keeper } = rooms;
  serve(app, NODE_CONFIG_ENDPOINTS.config, async ({ params }) => {
    const { config, revision, reportedAt, isLive } = await present(keeper, params.node_id);
    return { config, revision, reported_at: reportedAt.toISOString(), is_live: isLive };
  });
  serve(app, NODE_CONFIG_ENDPOINTS.configSchema, async ({ params }) => {
    const { configuration } = await configuredNode(rooms, params.node_id);
    const told = await hub.command(params.node_id, { type: "get_schema" }, ACK_WAIT_MS).catch(() => undefined);
    const { config_schema: schema, version } = (told?.data ?? {}) as { config_schema?: Record<string, unknown>; version?: string };
    // A node that is away, or does not know the question: our own version's, which most likely is the node's too.
    return schema === undefined || version === undefined
      ? { schema: configuration.schema(), version: `manager-${app.version}` }
      : { schema, version };
  });
  serve(app, NODE_CONFIG_ENDPOINTS.changes, async ({ params }) => ({
    changes: await changeViews(app.database.queries, { nodeId: params.node_id }),
  }));
  serve(app, NODE_CONFIG_ENDPOINTS.change, ({ params }) => rooms.changes.view(params.node_id, params.change_id));
};

const planRoute = (rooms: ConfigRooms): void => {
  const { app, keeper } = rooms;
  serve(app, NODE_CONFIG_ENDPOINTS.planConfig, async ({ body, params }) => {
    const { configuration } = await configuredNode(rooms, params.node_id);
    const theirs = await present(keeper, params.node_id);
    const { merged, conflicts } = await mergeWith(keeper, params.node_id, body, theirs);
    return {
      revision: theirs.revision,
      differences: differencesOf(theirs.config, merged, configuration.secretNames),
      conflicts,
      merged,
      findings: configuration.check(merged).slice(0, 200),
      restarts: configuration.restartsOf(theirs.config, merged),
    };
  });
};

const mergeWith = async (
  keeper: ConfigKeeper,
  nodeId: string,
  { base_revision: base, config: mine }: { base_revision: string; config: Json },
  theirs: ReportedConfig,
): Promise<Merged> => {
  if (base === theirs.revision) {
    return { merged: mine, conflicts: [] };
  }
  const former = await keeper.byRevision(nodeId, base);
  if (former !== undefined) {
    return mergeThreeWay(former, mine, theirs.config);
  }
  // What the edit began from is not known any more: all that differs is a conflict.
  return isSame(mine, theirs.config) ? { merged: mine, conflicts: [] } : mergeThreeWay({}, mine, theirs.config);
};

const putRoute = (rooms: ConfigRooms): void => {
  const { app, keeper, changes } = rooms;
  serve(app, NODE_CONFIG_ENDPOINTS.putConfig, async (asked) => {
    const node = nodeIn(asked);
    const { configuration, name, driver } = await configuredNode(rooms, node.nodeId);
    const before = await keeper.fetch(node.nodeId);
    if (asked.body.base_revision !== before.revision) {
      const { conflicts } = await mergeWith(keeper, node.nodeId, asked.body, before);
      throw refusal("config_conflict", "The node's configuration has changed since the edit began", {
        revision: before.revision,
        conflicts: conflicts.slice(0, 100),
      });
    }
    const findings = configuration.check(asked.body.config).filter(({ severity }) => severity === "error");
    if (findings.length > 0) {
      const isPort = findings.every(({ code }) => code.includes("port"));
      throw refusal(
        isPort ? "port_conflict" : "config_invalid",
        findings
          .map(({ path, message }) => `${path} ${message}`)
          .join("; ")
          .slice(0, 1_000),
        {
          problems: findings.slice(0, 50).map(({ path, code, message }) => ({ path: `body.config.${path}`, code, message })),
        },
      );
    }
    const action = configuration.replaceAction(asked.body.config);
    await app.database.transaction((tx) =>
      record(tx, actorIn(app, asked), {
        action: "node.config.update",
        groupId: node.ownerGroupId,
        target: { type: "node", id: node.nodeId, name },
        changes: differencesOf(before.config, asked.body.config, configuration.secretNames)
          .slice(0, 200)
          .map(({ path, kind: _kind, ...sides }) => ({ field: path, ...sides })),
        details: { from_revision: before.revision, to_revision: revisionOf(asked.body.config) },
      }),
    );
    const command = driver.commands.find((each) => each.name === action.type) ?? { ack_wait_ms: ACK_WAIT_MS };
    const { id } = await changes.make({ nodeId: node.nodeId, action, command, by: callerIn(asked).name, summary: "Configuration", before });
    return changes.view(node.nodeId, id);
  });
};
