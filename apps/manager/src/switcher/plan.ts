import type { PresetAction, TAKE_KINDS } from "@bilbycast/contracts/manager-api";
import type { Queries, Transaction } from "../database/tables.ts";
import { notFound, refusal } from "../http/faults.ts";
import { deskOf, type DeskRow } from "./desk-rows.ts";
import { knownOf } from "./known.ts";
import { carriedKey } from "./match.ts";
import { presetRow, type PresetRow } from "./preset-rows.ts";
import { isRevertible, takeRow, takeRows, type TakeRow } from "./take-rows.ts";

/** What a press is to do, before anything is done. */
export type Plan = {
  readonly kind: (typeof TAKE_KINDS)[number];
  readonly presetId: string;
  readonly presetName: string;
  readonly presetVersion: number;
  readonly actions: readonly PresetAction[];
  /** Throws when the desk, which is held by now, is not what this was planned for. */
  assertStill(tx: Transaction, desk: DeskRow): Promise<void>;
  /** What a revert of it marks as PGM. */
  priorPresetId(desk: DeskRow): string | null;
  /** What PGM is when all or some of it was done; null: no preset. */
  pgmAfter(done: "all" | "some"): { presetId: string; state: "on_air" | "partial" } | null;
};

/** What is in PVW. `expected`: what the one who pressed has looked at. */
export const planTake = async (
  queries: Queries,
  groupId: string,
  expected: { presetId: string | undefined; version: number | undefined },
): Promise<Plan> => {
  const loaded = (await deskOf(queries, groupId))?.pvw_preset_id ?? null;
  if (loaded === null) {
    throw refusal("pvw_empty", "There is nothing in PVW");
  }
  const preset = await presetRow(queries, loaded);
  if (preset === undefined || (expected.presetId !== undefined && expected.presetId !== preset.id)) {
    throw pvwChanged();
  }
  if (expected.version !== undefined && expected.version !== preset.version) {
    throw changedSince(preset);
  }
  return ofPreset("take", preset, (desk) => {
    if (desk.pvw_preset_id !== preset.id) {
      throw desk.pvw_preset_id === null ? refusal("pvw_empty", "It has been taken, or PVW was cleared") : pvwChanged();
    }
  });
};

/** A preset without a preview. `version`: which of it was looked at. */
export const planActivate = async (queries: Queries, presetId: string, version: number | undefined): Promise<Plan> => {
  const preset = await presetRow(queries, presetId);
  if (preset === undefined) {
    throw notFound();
  }
  if (version !== undefined && version !== preset.version) {
    throw changedSince(preset);
  }
  return ofPreset("activate", preset, () => undefined);
};

/** What failed of the newest take. */
export const planRetry = async (queries: Queries, groupId: string, takeId: string): Promise<Plan> => {
  const take = await newestTake(queries, groupId, takeId);
  const actions = take.results.filter(({ state }) => state === "failed").map(({ action }) => action);
  if (actions.length === 0 || take.preset_id === null) {
    throw refusal("take_superseded", "Nothing of that take has failed");
  }
  const presetId = take.preset_id;
  return {
    ...ofTake("retry", take, actions, presetId),
    priorPresetId: () => take.prior_preset_id,
    pgmAfter: (done) => ({ presetId, state: done === "all" ? "on_air" : "partial" }),
  };
};

/** What the newest take replaced, where flows still carry what it put there. */
export const planRevert = async (queries: Queries, groupId: string, takeId: string): Promise<Plan> => {
  const take = await newestTake(queries, groupId, takeId);
  const done = take.results.filter((result) => isRevertible(result));
  const { carried } = await knownOf(
    queries,
    groupId,
    done.map(({ action }) => action.node_id),
  );
  const actions = done.flatMap(({ action, from_input_id: from }): PresetAction[] =>
    action.type === "activate_input" &&
    from !== null &&
    carried.get(carriedKey(action.node_id, action.flow_id))?.input_id === action.input_id
      ? [{ type: "activate_input", node_id: action.node_id, flow_id: action.flow_id, input_id: from }]
      : [],
  );
  if (actions.length === 0) {
    throw refusal("take_superseded", "Nothing is on air any more as that take left it");
  }
  const prior = take.prior_preset_id;
  return {
    ...ofTake("revert", take, actions, take.preset_id ?? take.id),
    priorPresetId: () => take.preset_id,
    pgmAfter: (how) =>
      how === "all"
        ? prior === null
          ? null
          : { presetId: prior, state: "on_air" }
        : take.preset_id === null
          ? null
          : { presetId: take.preset_id, state: "partial" },
  };
};

const changedSince = ({ name }: PresetRow): Error => refusal("pvw_changed", `${name} was changed since it was looked at`);

const pvwChanged = (): Error => refusal("pvw_changed", "PVW holds something else by now");

const ofPreset = (kind: "take" | "activate", preset: PresetRow, look: (desk: DeskRow) => void): Plan => ({
  kind,
  presetId: preset.id,
  presetName: preset.name,
  presetVersion: preset.version,
  actions: preset.actions,
  assertStill: async (tx, desk) => {
    look(desk);
    const present = await tx.selectFrom("switcher_presets").select("version").where("id", "=", preset.id).forShare().executeTakeFirst();
    if (present?.version !== preset.version) {
      throw refusal("pvw_changed", `${preset.name} was changed in this moment`);
    }
  },
  priorPresetId: (desk) => desk.pgm_preset_id,
  pgmAfter: (done) => ({ presetId: preset.id, state: done === "all" ? "on_air" : "partial" }),
});

const ofTake = (
  kind: "retry" | "revert",
  take: TakeRow,
  actions: readonly PresetAction[],
  presetId: string,
): Pick<Plan, "kind" | "presetId" | "presetName" | "presetVersion" | "actions" | "assertStill"> => ({
  kind,
  presetId,
  presetName: take.preset_name,
  presetVersion: 0,
  actions,
  assertStill: async (tx) => {
    const [newest] = await takeRows(tx, take.group_id, 1);
    if (newest?.id !== take.id) {
      throw superseded();
    }
  },
});

const superseded = (): Error => refusal("take_superseded", "Something newer was taken at this desk");

const newestTake = async (queries: Queries, groupId: string, id: string): Promise<TakeRow> => {
  const [take, [newest]] = await Promise.all([takeRow(queries, groupId, id), takeRows(queries, groupId, 1)]);
  if (take === undefined) {
    throw notFound();
  }
  if (newest?.id !== id || take.state === "taking") {
    throw take.state === "taking" ? refusal("take_in_progress", "That take is under way", { take_id: id }) : superseded();
  }
  return take;
};
