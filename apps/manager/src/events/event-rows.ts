import type { ManagerEvent } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries } from "../database/tables.ts";

type Row = Omit<ManagerEvent, "at"> & { at: Date };

export type EventFilter = {
  /** Of these nodes alone. */
  nodeIds: "all" | readonly string[];
  /** Groups of which also what happened on nodes that were theirs is seen: nodes that are another group's by now, or no more. */
  formerGroups?: readonly string[];
  cursor?: string | undefined;
  group_id?: string | undefined;
  node_id?: string | undefined;
  severity?: ManagerEvent["severity"] | undefined;
  category?: string | undefined;
  flow_id?: string | undefined;
  search?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

const columns = sql`
  e.id::text as id, e.at, e.node_id, e.node_name, e.group_id, e.severity, e.category, e.message, e.error_code, e.flow_id, e.input_id,
  e.output_id, e.details, e.alarm_id`;

/**
 * The newest first. An event is for ever of the group that owned the node when it was told, as the record of what was done is: who sees the
 * node today sees what happened since it is this group's, and nothing of before. Of a node that went to another group or is no more, those
 * see it who see every node of the group that it happened to.
 */
export const eventRows = async (queries: Queries, filter: EventFilter, limit: number): Promise<ManagerEvent[]> => {
  const before = cursorOf(filter.cursor);
  const { nodeIds } = filter;
  const conditions = [
    sql`true`,
    nodeIds === "all"
      ? undefined
      : sql`((e.node_id = any(${[...nodeIds]}::uuid[]) and exists (select 1 from nodes n where n.id = e.node_id and n.owner_group_id = e.group_id))
          or (e.group_id = any(${[...(filter.formerGroups ?? [])]}::text[]) 
            and not exists (select 1 from nodes n where n.id = e.node_id and n.owner_group_id = e.group_id)))`,
    before === undefined ? undefined : sql`(e.at, e.id) < (${before.at}, ${before.id}::bigint)`,
    filter.group_id === undefined ? undefined : sql`e.group_id = ${filter.group_id}`,
    filter.node_id === undefined ? undefined : sql`e.node_id = ${filter.node_id}`,
    filter.severity === undefined ? undefined : sql`e.severity = ${filter.severity}`,
    filter.category === undefined ? undefined : sql`e.category = ${filter.category}`,
    filter.flow_id === undefined ? undefined : sql`e.flow_id = ${filter.flow_id}`,
    filter.search === undefined || filter.search === ""
      ? undefined
      : sql`(e.message ilike ${`%${likely(filter.search)}%`} or e.error_code ilike ${`%${likely(filter.search)}%`} or e.node_name ilike ${`%${likely(filter.search)}%`})`,
    filter.from === undefined ? undefined : sql`e.at >= ${new Date(filter.from)}`,
    filter.to === undefined ? undefined : sql`e.at < ${new Date(filter.to)}`,
  ].filter((condition) => condition !== undefined);
  const { rows } = await sql<Row>`
    select ${columns} from events e where ${sql.join(conditions, sql` and `)} order by e.at desc, e.id desc limit ${limit}`.execute(
    queries,
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
};

/** Events that were just kept, the oldest first. */
export const eventsOf = async (queries: Queries, kept: readonly { id: string; at: string }[]): Promise<ManagerEvent[]> => {
  const { rows } = await sql<Row>`
    select ${columns} from events e
    join unnest(${kept.map(({ at }) => at)}::timestamptz[], ${kept.map(({ id }) => id)}::bigint[]) as k(at, id) on e.at = k.at and e.id = k.id
    order by e.id`.execute(queries);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
};

export const cursorAfter = (event: ManagerEvent): string => `${Date.parse(event.at)}_${event.id}`;

const cursorOf = (text = ""): { at: Date; id: string } | undefined => {
  const [, at, id] = /^(\d{1,15})_(\d{1,15})$/.exec(text) ?? [];
  return at === undefined || id === undefined ? undefined : { at: new Date(Number(at)), id };
};

/** Signs that a pattern would take for its own. */
const likely = (text: string): string => text.replaceAll("\u0000", "").replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
