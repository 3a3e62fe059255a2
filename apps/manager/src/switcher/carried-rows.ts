import type { TakeResult } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Transaction } from "../database/tables.ts";

/** What nodes have said that they carry from now on. Statistics that were made before do not overrule it. */
export const keepCarried = async (tx: Transaction, results: readonly TakeResult[]): Promise<void> => {
  const rows = results.flatMap(({ action, ok }) =>
    ok && action.type === "activate_input" ? [{ node_id: action.node_id, flow_id: action.flow_id, input_id: action.input_id }] : [],
  );
  // In one order, or two takes of different groups on shared nodes would be in each other's way.
  await sql`
    insert into carried_inputs as c (node_id, flow_id, input_id, is_running, signals, told_at)
    select x.node_id, x.flow_id, x.input_id, true, '{}', now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x (node_id uuid, flow_id text, input_id text) join nodes n on n.id = x.node_id
    order by x.node_id, x.flow_id
    on conflict (node_id, flow_id) do update set input_id = excluded.input_id, told_at = now()`.execute(tx);
};
