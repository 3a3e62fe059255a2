import type { Alarm } from "@bilbycast/contracts/manager-api";
import { sql, type RawBuilder } from "kysely";
import type { Queries, Transaction } from "../database/tables.ts";

const TIMES = ["first_seen", "last_seen", "cleared_at", "acknowledged_at", "shelved_until"] as const;
type Row = Omit<Alarm, (typeof TIMES)[number]> & {
  first_seen: Date;
  last_seen: Date;
  cleared_at: Date | null;
  acknowledged_at: Date | null;
  shelved_until: Date | null;
};

/** Whose it is follows from the node, which may have been given to others since. */
const columns = sql`
  a.id, a.node_id, coalesce(n.name, '') as node_name, coalesce(n.owner_group_id, a.group_id) as group_id, a.severity, a.category, a.error_code,
  a.flow_id, a.input_id, a.output_id, a.message, a.is_raised, a.count, a.first_seen, a.last_seen, a.cleared_at, a.acknowledged_at,
  a.acknowledged_by, a.note, case when a.shelved_until > now() then a.shelved_until end as shelved_until,
  case when a.shelved_until > now() then a.shelved_by end as shelved_by`;
const from = sql`alarms a left join nodes n on n.id = a.node_id`;

export type AlarmFilter = {
  /** Of these nodes alone. */
  nodeIds: "all" | readonly string[];
  ids?: readonly string[];
  groupId?: string | undefined;
  state?: "open" | "cleared" | "all";
};

const conditionsOf = ({ nodeIds, ids, groupId, state = "all" }: AlarmFilter): RawBuilder<unknown> => {
  const conditions = [
    sql`true`,
    nodeIds === "all" ? undefined : sql`a.node_id = any(${[...nodeIds]}::uuid[])`,
    ids === undefined ? undefined : sql`a.id = any(${[...ids]}::uuid[])`,
    groupId === undefined ? undefined : sql`coalesce(n.owner_group_id, a.group_id) = ${groupId}`,
    state === "all" ? undefined : state === "open" ? sql`(a.is_raised or a.acknowledged_at is null)` : sql`not a.is_raised`,
  ].filter((condition) => condition !== undefined);
  return sql.join(conditions, sql` and `);
};

/** Raised before cleared, critical before warning, what nobody knows of before what somebody does; then the newest. */
export const alarmRows = async (queries: Queries | Transaction, filter: AlarmFilter, limit: number): Promise<Alarm[]> => {
  const { rows } = await sql<Row>`
    select ${columns} from ${from} where ${conditionsOf(filter)}
    order by a.is_raised desc, a.shelved_until > now() nulls first, a.severity = 'critical' desc, a.acknowledged_at is not null, a.last_seen desc, a.id
    limit ${limit}`.execute(queries);
  return rows.map((row) => viewOf(row));
};

export type AlarmCounts = { critical: number; warning: number; unacknowledged: number };

/** What is raised by severity, and what is open and nobody has acknowledged; without what is shelved. */
export const alarmCounts = async (queries: Queries, filter: Omit<AlarmFilter, "state">): Promise<AlarmCounts> => {
  const { rows } = await sql<AlarmCounts>`
    select count(*) filter (where a.is_raised and a.severity = 'critical')::int as critical,
      count(*) filter (where a.is_raised and a.severity = 'warning')::int as warning,
      count(*) filter (where a.acknowledged_at is null)::int as unacknowledged
    from ${from} where ${conditionsOf({ ...filter, state: "open" })} and not coalesce(a.shelved_until > now(), false)`.execute(queries);
  return rows[0] ?? { critical: 0, warning: 0, unacknowledged: 0 };
};

const viewOf = (row: Row): Alarm => ({
  ...row,
  first_seen: row.first_seen.toISOString(),
  last_seen: row.last_seen.toISOString(),
  cleared_at: row.cleared_at?.toISOString() ?? null,
  acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
  shelved_until: row.shelved_until?.toISOString() ?? null,
});
