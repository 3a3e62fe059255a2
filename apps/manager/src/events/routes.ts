import { ALARM_ENDPOINTS, type Subject } from "@bilbycast/contracts/manager-api";
import { visibleNodes } from "../access/visible-nodes.ts";
import { serve, type App } from "../app.ts";
import { callerIn } from "../http/request-context.ts";
import { cursorAfter, eventRows } from "./event-rows.ts";

/** What happened on nodes that the caller sees. */
export const eventRoutes = (app: App): void => {
  const { queries } = app.database;
  serve(app, ALARM_ENDPOINTS.events, async (asked) => {
    const { limit, ...filter } = asked.query;
    const { subject } = callerIn(asked);
    const rows = await eventRows(
      queries,
      { ...filter, nodeIds: await visibleNodes(queries, subject), formerGroups: wholeGroupsOf(subject) },
      limit + 1,
    );
    const entries = rows.slice(0, limit);
    const last = entries.at(-1);
    return { entries, next_cursor: rows.length > limit && last !== undefined ? cursorAfter(last) : null };
  });
};

/** Groups of which somebody sees every node. */
const wholeGroupsOf = ({ memberships }: Subject): string[] =>
  memberships.filter(({ allowed_node_ids: allowed }) => allowed === null).map(({ group_id: id }) => id);
