import { isFault } from "@bilbycast/foundation/fault";
import { decideNeed, NODE_ENDPOINTS, type NodeObject } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve } from "../app.ts";
import { RecordTogether } from "../audit/record-together.ts";
import { storableJson } from "../audit/canonical-json.ts";
import { LookTogether } from "../database/look-together.ts";
import type { DriverCommand } from "../drivers/driver.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn, nodeIn } from "../http/request-context.ts";
import { judge } from "../http/serve-endpoint.ts";
import type { NodeAction } from "../node-link/hub.ts";
import type { NodeRooms } from "./routes.ts";

/** What makes a change of the configuration out of a command, with its watch and its way back. */
export type ChangeMaker = (
  node: NodeObject,
  action: NodeAction,
  command: DriverCommand,
  by: { name: string },
) => Promise<{ data: unknown; changeId: string | null }>;

/** Commands that the manager sends for its own purposes, through routes of their own. */
const NOT_BY_HAND: ReadonlySet<string> = new Set(["rotate_secret", "watch_pictures", "get_config"]);

/** One command to one node. */
export const commandRoute = (rooms: NodeRooms, change: ChangeMaker): void => {
  const { app, hub } = rooms;
  const together = new RecordTogether(app.database);
  const kinds = new LookTogether(async (ids) => {
    const rows = await app.database.queries
      .selectFrom("nodes")
      .select(["id", "name", "device_type"])
      .where(sql<boolean>`id = any(${ids}::uuid[])`)
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  });
  serve(app, NODE_ENDPOINTS.command, async (asked) => {
    const node = nodeIn(asked);
    const caller = callerIn(asked);
    const { action } = asked.body;
    const row = await kinds.find(node.nodeId);
    if (row === undefined) {
      throw notFound();
    }
    const driver = app.drivers.get(row.device_type);
    const command = driver?.commands.find(({ name }) => name === action.type);
    // What the driver's table does not have counts as the admin's, so that nothing is told to who may not send it anyway.
    const role = command?.requires_role ?? "admin";
    judge(
      decideNeed(
        { at: "node", permission: role === "admin" ? "manage" : role === "operator" ? "operate" : "view" },
        caller.subject,
        { node },
        new Date().toISOString(),
      ),
    );
    if (command === undefined || NOT_BY_HAND.has(action.type)) {
      throw refusal("command_unsupported", `A ${row.device_type} has no command "${action.type.slice(0, 64)}" that can be sent by hand`, {
        field: "body.action.type",
      });
    }
    const problem = driver?.validateCommand(action);
    if (problem !== undefined) {
      throw refusal("command_unsupported", problem.message, problem.field === undefined ? {} : { field: problem.field });
    }
    const commandId = crypto.randomUUID();
    const tell = (name: string, details: Record<string, unknown>): Promise<void> =>
      together.record(actorIn(app, asked), {
        action: name,
        groupId: node.ownerGroupId,
        target: { type: "node", id: node.nodeId, name: row.name },
        details: { command_id: commandId, ...details },
      });
    // Before it is sent: whatever happens then, that it was sent is on record.
    await tell(`node.command.${action.type}`, namedIn(action));
    const send = command.changes_config
      ? change(node, action, command, { name: caller.name })
      : hub.command(node.nodeId, action, command.ack_wait_ms).then(({ data }) => ({ data, changeId: null }));
    const outcome = await send.catch(async (error: unknown) => {
      await tell("node.command.failed", { type: action.type, error_code: isFault(error) ? error.code : "internal" });
      throw error;
    });
    return { command_id: commandId, success: true as const, data: storableJson(outcome.data), change_id: outcome.changeId };
  });
};

/** What a command is about. Bodies of flows and parts are in the change's own record, with their secrets masked. */
const namedIn = (action: NodeAction): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(action).filter(
      ([name, value]) => /(^|_)(id|active|enabled)$/.test(name) && (typeof value === "string" || typeof value === "boolean"),
    ),
  );
