import type { PresetAction } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import type { Transaction } from "../database/tables.ts";
import { knownOf } from "./known.ts";
import { matchOf } from "./match.ts";

/** A flow of a node that carries something else now. */
type CarrierFlow = { node_id: string; flow_id: string };

/**
 * Takes the mark off PGM where what is on air is not that preset any more. While a take is under way nothing is judged: it says itself what it
 * left. Answers the groups whose desk has changed.
 */
export const clearDrifted = async (tx: Transaction, flows: readonly CarrierFlow[]): Promise<string[]> => {
  const { rows } = await sql<{ group_id: string; preset_id: string; actions: PresetAction[] }>`
    select d.group_id, p.id as preset_id, p.actions
    from switcher_desks d join switcher_presets p on p.id = d.pgm_preset_id
    where d.taking_id is null and d.pgm_state = 'on_air' and exists (
      select 1 from jsonb_array_elements(p.actions) a
        join jsonb_to_recordset(${JSON.stringify(flows)}::jsonb) as c (node_id text, flow_id text)
          on a->>'node_id' = c.node_id and coalesce(a->>'flow_id', a->>'dst_flow_id') = c.flow_id)
    order by d.group_id for update of d`.execute(tx);
  const cleared: string[] = [];
  for (const { actions, group_id: groupId, preset_id: presetId } of rows) {
    const known = await knownOf(
      tx,
      groupId,
      actions.map(({ node_id: id }) => id),
    );
    if (matchOf(actions, known).state === "differs") {
      await losePgm(tx, groupId, presetId, "drifted");
      cleared.push(groupId);
    }
  }
  return cleared;
};

/** What is on air is no preset from now on, or not known to be one. */
export const losePgm = async (
  tx: Transaction,
  groupId: string,
  presetId: string,
  reason: "drifted" | "interrupted" | "changed",
): Promise<void> => {
  await tx
    .updateTable("switcher_desks")
    .set({
      pgm_preset_id: null,
      pgm_since: null,
      pgm_by: null,
      pgm_take_id: null,
      pgm_state: null,
      lost_preset_id: presetId,
      lost_at: new Date(),
      lost_reason: reason,
      version: sql`version + 1`,
    })
    .where("group_id", "=", groupId)
    .execute();
};
