import { sql } from "kysely";
import { ALARM_LOCK, keepConditions, type Outcome } from "../alarms/keep-conditions.ts";
import { lock } from "../database/advisory-lock.ts";
import type { Database } from "../database/database.ts";
import type { Transaction } from "../database/tables.ts";
import type { Messages } from "../messages/messages.ts";
import type { EventDraft } from "./event-draft.ts";

/** What instances tell each other of what was kept: where to read it. */
export type Kept = { events: { id: string; at: string }[]; alarms: string[] };

/** Keeps events and what they do to alarms, all or none, and tells every instance. Those of nodes that are no more are passed over. */
export const keepBatch = async (database: Database, messages: Messages, batch: readonly EventDraft[]): Promise<void> => {
  await database.transaction(async (tx) => {
    // Taken first, so that batches are kept in the order in which they change alarms.
    await lock(tx, ALARM_LOCK);
    const nodes = await nodesOf(tx, batch);
    const known = batch.filter((draft) => isTimely(draft, nodes.get(draft.nodeId)));
    const fresh = await onlyFresh(tx, known);
    if (fresh.length === 0) {
      return;
    }
    const groups = new Map([...nodes].map(([nodeId, { group }]) => [nodeId, group]));
    const { alarmIds, changed } = await keepConditions(tx, fresh, groups, Date.now());
    const events = await insert(tx, fresh, alarmIds, nodes);
    await messages.publish(tx, "alarms", { events, alarms: changed } satisfies Kept);
  });
};

type Node = { name: string; group: string; epoch: bigint };

/** As they are now: since it connected a node may have been renamed, and may be another group's. */
const nodesOf = async (tx: Transaction, batch: readonly EventDraft[]): Promise<Map<string, Node>> => {
  const ids = [...new Set(batch.map(({ nodeId }) => nodeId))];
  const { rows } = await sql<{ id: string; name: string; owner_group_id: string; epoch: string | null }>`
    select n.id, n.name, n.owner_group_id, c.epoch::text as epoch from nodes n left join node_connections c on c.node_id = n.id
    where n.id = any(${ids}::uuid[])`.execute(tx);
  return new Map(rows.map(({ id, name, owner_group_id: group, epoch }) => [id, { name, group, epoch: BigInt(epoch ?? 0) }]));
};

/** An instance that hears late that the node has gone to another one must not say that it is gone. */
const isTimely = ({ isOwn, epoch, errorCode }: EventDraft, node: Node | undefined): boolean =>
  node !== undefined && !(isOwn && epoch < node.epoch && (errorCode === "node_disconnected" || errorCode === "node_connected"));

/** Without those that were kept before: a node sends again what was not confirmed, and so do we. */
const onlyFresh = async (tx: Transaction, batch: readonly EventDraft[]): Promise<EventDraft[]> => {
  const { rows } = await sql<{ node_id: string; event_id: string }>`
    insert into event_ids (node_id, event_id)
    select * from unnest(${batch.map(({ nodeId }) => nodeId)}::uuid[], ${batch.map(({ eventId }) => eventId)}::text[])
    on conflict do nothing returning node_id, event_id`.execute(tx);
  const fresh = new Set(rows.map((row) => `${row.node_id} ${row.event_id}`));
  // Once: the same id may be twice in one batch.
  return batch.filter(({ nodeId, eventId }) => fresh.delete(`${nodeId} ${eventId}`));
};

const insert = async (
  tx: Transaction,
  drafts: readonly EventDraft[],
  alarmIds: Outcome["alarmIds"],
  nodes: ReadonlyMap<string, Node>,
): Promise<Kept["events"]> => {
  const told = drafts.flatMap((draft, index) => {
    const alarmId = alarmIds[index];
    return alarmId === undefined ? [] : [{ draft, alarmId }];
  });
  if (told.length === 0) {
    return [];
  }
  const rows = told.map(({ draft, alarmId }) => ({
    at: new Date(draft.at).toISOString(),
    group_id: nodes.get(draft.nodeId)?.group,
    node_id: draft.nodeId,
    node_name: nodes.get(draft.nodeId)?.name,
    severity: draft.severity,
    category: draft.category,
    message: draft.message,
    error_code: draft.errorCode,
    flow_id: draft.flowId,
    input_id: draft.inputId,
    output_id: draft.outputId,
    details: JSON.parse(draft.details) as unknown,
    alarm_id: alarmId,
  }));
  const { rows: kept } = await sql<{ id: string; at: Date }>`
    insert into events (at, group_id, node_id, node_name, severity, category, message, error_code, flow_id, input_id, output_id, details, alarm_id)
    select at, group_id, node_id, node_name, severity, category, message, error_code, flow_id, input_id, output_id, details, alarm_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(at timestamptz, group_id text, node_id uuid, node_name text, severity text,
      category text, message text, error_code text, flow_id text, input_id text, output_id text, details jsonb, alarm_id uuid)
    returning id::text as id, at`.execute(tx);
  return kept.map(({ id, at }) => ({ id, at: at.toISOString() }));
};
