import type { Take, TakeResult } from "@bilbycast/contracts/manager-api";
import type { Selectable } from "kysely";
import type { SwitcherTables } from "../database/switcher-tables.ts";
import type { Queries, Transaction } from "../database/tables.ts";

export type TakeRow = Omit<Selectable<SwitcherTables["switcher_takes"]>, "results"> & { results: TakeResult[] };

/** Takes of a desk that are shown. */
export const TAKES_SHOWN = 20;

const takesWhere = (queries: Queries | Transaction) =>
  queries.selectFrom("switcher_takes").selectAll().$narrowType<{ results: TakeResult[] }>();

/** The newest takes of a desk, the newest first. */
export const takeRows = (queries: Queries | Transaction, groupId: string, most = TAKES_SHOWN): Promise<TakeRow[]> =>
  takesWhere(queries).where("group_id", "=", groupId).orderBy("at", "desc").orderBy("id").limit(most).execute();

export const takeRow = (queries: Queries | Transaction, groupId: string, id: string): Promise<TakeRow | undefined> =>
  takesWhere(queries).where("group_id", "=", groupId).where("id", "=", id).executeTakeFirst();

/** What a press came to that was made before. */
export const takeOfRequest = (queries: Queries | Transaction, groupId: string, requestId: string): Promise<TakeRow | undefined> =>
  takesWhere(queries).where("group_id", "=", groupId).where("request_id", "=", requestId).executeTakeFirst();

export const takeView = (row: TakeRow, isNewest: boolean): Take => {
  const isOver = row.state !== "taking";
  return {
    id: row.id,
    group_id: row.group_id,
    kind: row.kind,
    preset_id: row.preset_id,
    preset_name: row.preset_name,
    by: row.by_name,
    at: row.at.toISOString(),
    state: row.state,
    results: row.results,
    acknowledged_ms: row.acknowledged_ms,
    verified_ms: row.verified_ms,
    can_revert: isNewest && isOver && row.results.some((result) => isRevertible(result)),
    can_retry: isNewest && isOver && row.results.some(({ state }) => state === "failed"),
  };
};

/** Something else was carried before, and this was done, or may have been. */
export const isRevertible = ({ from_input_id: from, ok, state }: TakeResult): boolean =>
  from !== null && (ok || state === "unknown") && state !== "unchanged";
