import type { Preset, PresetAction, SwitcherPage } from "@bilbycast/contracts/manager-api";
import { sql, type Selectable } from "kysely";
import type { SwitcherTables } from "../database/switcher-tables.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import type { DeskRow } from "./desk-rows.ts";
import { matchOf, type Known } from "./match.ts";

export type PresetRow = Omit<Selectable<SwitcherTables["switcher_presets"]>, "actions"> & { actions: PresetAction[] };

const presetsWhere = (queries: Queries | Transaction) =>
  queries.selectFrom("switcher_presets").selectAll().$narrowType<{ actions: PresetAction[] }>();

export const presetRows = (queries: Queries | Transaction, groupIds: readonly string[]): Promise<PresetRow[]> =>
  presetsWhere(queries)
    .where(sql<boolean>`group_id = any(${groupIds}::text[])`)
    .orderBy("group_id")
    .orderBy("position")
    .orderBy("name")
    .execute();

export const presetRow = (queries: Queries | Transaction, id: string): Promise<PresetRow | undefined> =>
  presetsWhere(queries).where("id", "=", id).executeTakeFirst();

export const presetView = (row: PresetRow, known: Known, desk: Pick<DeskRow, "pgm_preset_id" | "pvw_preset_id"> | undefined): Preset => {
  const match = matchOf(row.actions, known);
  const [isPgm, isPvw] = [desk?.pgm_preset_id === row.id, desk?.pvw_preset_id === row.id];
  return {
    ...row,
    updated_at: row.updated_at.toISOString(),
    matches_current: match.state === "matches",
    match,
    bus: isPgm && isPvw ? "both" : isPgm ? "pgm" : isPvw ? "pvw" : null,
  };
};

export const pageViews = async (queries: Queries | Transaction, groupIds: readonly string[], id?: string): Promise<SwitcherPage[]> => {
  const { rows } = await sql<SwitcherPage>`
    select g.id, g.group_id, g.name, g.color, g.position, g.is_emergency, g.version, (select count(*)::int from switcher_presets p where p.page_id = g.id) as presets
    from switcher_pages g where g.group_id = any(${groupIds}::text[]) ${id === undefined ? sql`` : sql`and g.id = ${id}`}
    order by g.group_id, g.position, g.name`.execute(queries);
  return rows;
};
