import type { Change, Difference } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";

type Row = {
  id: string;
  node_id: string;
  by_name: string;
  at: Date;
  summary: string;
  state: Change["state"];
  watched_until: Date | null;
  before_snapshot_id: string | null;
  after_revision: string | null;
  differences: Difference[];
  error: string | null;
  error_code: string | null;
  present_revision: string | null;
  alarms: Change["alarms"];
};

/** What of alarms belongs to a change: raised on the node since, on a flow, input or output that it touched, or on the node as a whole. */
const alarmsOf = sql`
  coalesce((select json_agg(json_build_object('alarm_id', a.id, 'severity', a.severity, 'message', a.message) order by a.severity, a.last_seen)
    from alarms a where a.node_id = c.node_id and a.is_raised and a.last_seen >= c.at
      and (a.flow_id is null and a.input_id is null and a.output_id is null
        or c.touched ? coalesce(a.flow_id, '') or c.touched ? coalesce(a.input_id, '') or c.touched ? coalesce(a.output_id, ''))), '[]'::json)`;

/** The newest changes of a node, or one of them. */
export const changeViews = async (queries: Queries | Transaction, which: { nodeId: string; id?: string }): Promise<Change[]> => {
  const { rows } = await sql<Row>`
    select c.*, n.revision as present_revision, ${alarmsOf} as alarms
    from config_changes c left join node_configs n on n.node_id = c.node_id
    where c.node_id = ${which.nodeId} ${which.id === undefined ? sql`` : sql`and c.id = ${which.id}`}
    order by c.at desc limit 50`.execute(queries);
  return rows.map((row) => viewOf(row));
};

const viewOf = (row: Row): Change => ({
  id: row.id,
  node_id: row.node_id,
  by: row.by_name,
  at: row.at.toISOString(),
  summary: row.summary,
  state: row.state,
  watched_until: row.watched_until?.toISOString() ?? null,
  differences: row.differences,
  alarms: row.alarms,
  error: row.error,
  error_code: row.error_code,
  can_revert: isRevertible(row),
});

const isRevertible = (row: Row): boolean =>
  ["watching", "verified", "troubled"].includes(row.state) &&
  row.before_snapshot_id !== null &&
  row.after_revision !== null &&
  row.after_revision === row.present_revision;

/**
 * Ends the watch of changes whose time is over: troubled when something that they touched has an alarm, else verified; and gives up those
 * that an instance left in the middle. One statement: any instance may do it, any number of times. Answers what it ended.
 */
export const endWatches = async (queries: Queries): Promise<{ id: string; node_id: string }[]> => {
  const { rows } = await sql<{ id: string; node_id: string }>`
    update config_changes c set
      state = case when c.state = 'applying' then 'failed' when json_array_length(${alarmsOf}) > 0 then 'troubled' else 'verified' end,
      error = case when c.state = 'applying' then 'The manager went away while it was made; whether the node took it is seen in its configuration' else c.error end,
      error_code = case when c.state = 'applying' then 'outcome_unknown' else c.error_code end
    where (c.state = 'watching' and c.watched_until <= now()) or (c.state = 'applying' and c.at < now() - interval '2 minutes')
    returning c.id, c.node_id`.execute(queries);
  return rows;
};
