import type { Desk, Preset, PresetAction, SwitcherPage, Take } from "@bilbycast/contracts/manager-api";
import type { Queries, Transaction } from "../database/tables.ts";
import { deskOf, deskView, seatsOf } from "./desk-rows.ts";
import { knownOf } from "./known.ts";
import { pageViews, presetRows, presetView } from "./preset-rows.ts";
import { takeRows, takeView } from "./take-rows.ts";

export type WholeDesk = { desk: Desk; pages: SwitcherPage[]; presets: Preset[]; takes: Take[] };

/** Everything of one group's desk, as of now. */
export const wholeDesk = async (queries: Queries | Transaction, groupId: string): Promise<WholeDesk> => {
  const [row, seats, pages, presets, takes] = await Promise.all([
    deskOf(queries, groupId),
    seatsOf(queries, groupId),
    pageViews(queries, [groupId]),
    presetRows(queries, [groupId]),
    takeRows(queries, groupId),
  ]);
  const known = await knownOf(queries, groupId, nodesOf(presets));
  return {
    desk: deskView(groupId, row, seats),
    pages,
    presets: presets.map((preset) => presetView(preset, known, row)),
    takes: takes.map((take, i) => takeView(take, i === 0)),
  };
};

/** Presets of several groups. */
export const presetViews = async (queries: Queries | Transaction, groupIds: readonly string[]): Promise<Preset[]> => {
  const views = await Promise.all(groupIds.map((groupId) => wholeDesk(queries, groupId)));
  return views.flatMap(({ presets }) => presets);
};

const nodesOf = (presets: readonly { actions: readonly PresetAction[] }[]): string[] =>
  presets.flatMap(({ actions }) => actions.map(({ node_id: id }) => id));
