import { ALARM_ENDPOINTS, decide, type Act, type Alarm } from "@bilbycast/contracts/manager-api";
import { isFault } from "@bilbycast/foundation/fault";
import { nodeObjects } from "../access/targets.ts";
import { visibleNodes } from "../access/visible-nodes.ts";
import { actorIn, serve, type App } from "../app.ts";
import { record } from "../audit/record.ts";
import type { Transaction } from "../database/tables.ts";
import { notFound } from "../http/faults.ts";
import { callerIn, type Asked } from "../http/request-context.ts";
import { judge } from "../http/serve-endpoint.ts";
import { alarmCounts, alarmRows } from "./alarm-rows.ts";

/** Conditions of nodes: the list, and what people say about them. */
export const alarmRoutes = (app: App): void => {
  listRoute(app);
  serve(app, ALARM_ENDPOINTS.acknowledge, (asked) => {
    const { note } = asked.body;
    return forEach(app, asked, "alarm.acknowledge", { note }, async (tx, ids) => {
      const said = { acknowledged_at: new Date(), acknowledged_by: callerIn(asked).name, ...(note === "" ? {} : { note }) };
      // Who was first stays; a word may be added later.
      await tx.updateTable("alarms").set(said).where("id", "in", ids).where("acknowledged_at", "is", null).execute();
      if (note !== "") {
        await tx.updateTable("alarms").set({ note }).where("id", "in", ids).execute();
      }
    });
  });
  serve(app, ALARM_ENDPOINTS.shelve, (asked) => {
    const { minutes } = asked.body;
    return forEach(app, asked, "alarm.shelve", { minutes }, async (tx, ids) => {
      const until = minutes === 0 ? null : new Date(Date.now() + minutes * 60_000);
      await tx
        .updateTable("alarms")
        .set({ shelved_until: until, shelved_by: until === null ? null : callerIn(asked).name })
        .where("id", "in", ids)
        .execute();
    });
  });
};

const listRoute = (app: App): void => {
  const { queries } = app.database;
  serve(app, ALARM_ENDPOINTS.alarms, async (asked) => {
    const { group_id: groupId, node_id: nodeId, state, limit } = asked.query;
    const seen = await visibleNodes(queries, callerIn(asked).subject);
    const nodeIds = nodeId === undefined ? seen : seen === "all" || seen.includes(nodeId) ? [nodeId] : [];
    const [alarms, counts] = await Promise.all([
      alarmRows(queries, { nodeIds, groupId, state }, limit),
      alarmCounts(queries, { nodeIds, groupId }),
    ]);
    return { alarms, counts };
  });
};

type Outcome = { done: Alarm[]; refused: { id: string; error: string; error_code: string }[] };
type ToEach = typeof ALARM_ENDPOINTS.acknowledge | typeof ALARM_ENDPOINTS.shelve;

/** Does it to those that the caller may do it to, and says why not to the others. One row of the record for each group. */
const forEach = async (
  app: App,
  asked: Pick<Asked<ToEach>, "body" | "caller" | "origin">,
  act: Act,
  details: Readonly<Record<string, unknown>>,
  does: (tx: Transaction, ids: string[]) => Promise<void>,
): Promise<Outcome> =>
  app.database.transaction(async (tx) => {
    const ids = [...new Set(asked.body.ids)];
    const alarms = new Map((await alarmRows(tx, { nodeIds: "all", ids }, ids.length)).map((alarm) => [alarm.id, alarm]));
    const nodes = await nodeObjects(
      tx,
      [...alarms.values()].flatMap(({ node_id: nodeId }) => nodeId ?? []),
    );
    const now = new Date().toISOString();
    const refused: Outcome["refused"] = [];
    const allowed: string[] = [];
    for (const id of ids) {
      const node = nodes.get(alarms.get(id)?.node_id ?? "");
      try {
        if (!alarms.has(id)) {
          throw notFound();
        }
        judge(decide(act, callerIn(asked).subject, node === undefined ? undefined : { node }, now));
        allowed.push(id);
      } catch (error) {
        if (!isFault(error)) {
          throw error;
        }
        refused.push({ id, error: error.message, error_code: error.code });
      }
    }
    if (allowed.length === 0) {
      return { done: [], refused };
    }
    await does(tx, allowed);
    const done = await alarmRows(tx, { nodeIds: "all", ids: allowed }, allowed.length);
    await app.messages.publish(tx, "alarms", { events: [], alarms: allowed });
    for (const [groupId, of] of Map.groupBy(done, (alarm) => alarm.group_id)) {
      await record(tx, actorIn(app, asked), {
        action: act,
        groupId,
        target: targetOf(of),
        details: { ...details, alarms: of.map(nameOf) },
      });
    }
    return { done, refused };
  });

const targetOf = (alarms: readonly Alarm[]): { type: string; id: string; name: string } => {
  const [first] = alarms;
  return alarms.length === 1 && first !== undefined
    ? { type: "alarm", id: first.id, name: `${first.node_name} ${first.error_code}` }
    : { type: "alarms", id: first?.id ?? "", name: `${alarms.length} alarms` };
};

const nameOf = (alarm: Alarm): Record<string, unknown> => ({
  id: alarm.id,
  node_id: alarm.node_id,
  error_code: alarm.error_code,
  message: alarm.message.slice(0, 200),
});
