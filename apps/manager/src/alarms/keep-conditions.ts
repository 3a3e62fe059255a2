import { sql } from "kysely";
import type { Transaction } from "../database/tables.ts";
import type { EventDraft } from "../events/event-draft.ts";
import { NodeConditions, type Condition } from "./conditions.ts";
import { DERIVED_RULES } from "./derived/limits.ts";

type Row = {
  id: string;
  node_id: string;
  key: string;
  error_code: string;
  flow_id: string | null;
  input_id: string | null;
  output_id: string | null;
  first_seen: Date;
  severity: "warning" | "critical";
  category: string;
  message: string;
  is_raised: boolean;
  count: number;
  last_seen: Date;
  cleared_at: Date | null;
  fades_at: Date | null;
  acknowledged_at: Date | null;
  shelved_until: Date | null;
  shelved_by: string | null;
};

/** What became of the alarms of one batch: of each event the alarm, if any; undefined: it says nothing new, and is not kept. */
export type Outcome = { alarmIds: (string | null | undefined)[]; changed: string[] };

const DERIVED_ENDS: ReadonlySet<string> = new Set(DERIVED_RULES.map(({ clears }) => clears));

/** Name of the lock under which events change alarms: two instances that hear of one node at once take their turns. */
export const ALARM_LOCK = "alarms";

/** Lets events raise and clear alarms, in their order. The transaction holds ALARM_LOCK. `groups`: of each node that there is. */
export const keepConditions = async (
  tx: Transaction,
  drafts: readonly EventDraft[],
  groups: ReadonlyMap<string, string>,
  now: number,
): Promise<Outcome> => {
  const byNode = await openConditions(tx, [...new Set(drafts.map(({ nodeId }) => nodeId))]);
  const alarmIds = drafts.map((draft) => {
    const conditions = byNode.get(draft.nodeId);
    if (conditions?.isToldAlready(draft) === true) {
      return undefined;
    }
    const alarm = conditions?.take(draft, now) ?? null;
    // The end of what had not been told either.
    return alarm === null && draft.isOwn && DERIVED_ENDS.has(draft.errorCode ?? "") ? undefined : alarm;
  });
  const changed = [...byNode.values()].flatMap((conditions) => [...conditions.changed]);
  await write(tx, changed, groups);
  return { alarmIds, changed: changed.map(({ id }) => id) };
};

const openConditions = async (tx: Transaction, nodeIds: readonly string[]): Promise<Map<string, NodeConditions>> => {
  const { rows } = await sql<Row>`
    select id, node_id, key, error_code, flow_id, input_id, output_id, first_seen, severity, category, message, is_raised, count, last_seen,
      cleared_at, fades_at, acknowledged_at, shelved_until, shelved_by
    from alarms where node_id = any(${[...nodeIds]}::uuid[]) and (is_raised or acknowledged_at is null or shelved_until > now())
    order by id for update`.execute(tx);
  const byNode = Map.groupBy(rows, (row) => row.node_id);
  return new Map(nodeIds.map((nodeId) => [nodeId, new NodeConditions((byNode.get(nodeId) ?? []).map((row) => conditionOf(row)))]));
};

const conditionOf = (row: Row): Condition => ({
  id: row.id,
  nodeId: row.node_id,
  key: row.key,
  errorCode: row.error_code,
  flowId: row.flow_id,
  inputId: row.input_id,
  outputId: row.output_id,
  firstSeen: row.first_seen.getTime(),
  severity: row.severity,
  category: row.category,
  message: row.message,
  isRaised: row.is_raised,
  count: row.count,
  lastSeen: row.last_seen.getTime(),
  clearedAt: row.cleared_at?.getTime() ?? null,
  fadesAt: row.fades_at?.getTime() ?? null,
  isAcknowledged: row.acknowledged_at !== null,
  shelvedUntil: row.shelved_until?.getTime() ?? null,
  shelvedBy: row.shelved_by,
});

const dateOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const write = async (tx: Transaction, conditions: readonly Condition[], groups: ReadonlyMap<string, string>): Promise<void> => {
  if (conditions.length === 0) {
    return;
  }
  const rows = conditions.map((condition) => ({
    id: condition.id,
    group_id: groups.get(condition.nodeId),
    node_id: condition.nodeId,
    key: condition.key,
    severity: condition.severity,
    category: condition.category,
    error_code: condition.errorCode,
    flow_id: condition.flowId,
    input_id: condition.inputId,
    output_id: condition.outputId,
    message: condition.message,
    is_raised: condition.isRaised,
    count: condition.count,
    first_seen: dateOf(condition.firstSeen),
    last_seen: dateOf(condition.lastSeen),
    cleared_at: dateOf(condition.clearedAt),
    fades_at: dateOf(condition.fadesAt),
    shelved_until: dateOf(condition.shelvedUntil),
    shelved_by: condition.shelvedBy,
  }));
  await sql`
    insert into alarms as a (id, group_id, node_id, key, severity, category, error_code, flow_id, input_id, output_id, message, is_raised, count,
      first_seen, last_seen, cleared_at, fades_at, shelved_until, shelved_by)
    select id, group_id, node_id, key, severity, category, error_code, flow_id, input_id, output_id, message, is_raised, count,
      first_seen, last_seen, cleared_at, fades_at, shelved_until, shelved_by
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, group_id text, node_id uuid, key text, severity text, category text,
      error_code text, flow_id text, input_id text, output_id text, message text, is_raised boolean, count integer, first_seen timestamptz,
      last_seen timestamptz, cleared_at timestamptz, fades_at timestamptz, shelved_until timestamptz, shelved_by text)
    on conflict (id) do update set severity = excluded.severity, category = excluded.category, message = excluded.message,
      is_raised = excluded.is_raised, count = excluded.count, last_seen = excluded.last_seen, cleared_at = excluded.cleared_at,
      fades_at = excluded.fades_at`.execute(tx);
};
