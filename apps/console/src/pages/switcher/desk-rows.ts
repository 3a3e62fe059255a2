import type { Desk, Preset, SwitcherPage, Take } from "@bilbycast/contracts/manager-api";
import { isJsonObject, type Json, type JsonObject } from "../../live/merge-patch.ts";

// Rows of a desk's topic. A member that is null and one that is absent are the same there: here they are null.

export const deskTopic = (groupId: string): string => `desk:${groupId}`;

const DESK_NULLS = { pgm: null, pgm_lost: null, pvw: null, taking: null, lock: null, seats: [] };
const PRESET_NULLS = { page_id: null, bus: null };
const TAKE_NULLS = { preset_id: null, acknowledged_ms: null, verified_ms: null, results: [] };

/** The same row makes the same object: whoever shows it need not draw anew. */
const made = new WeakMap<object, unknown>();
const once = <T>(row: Json | undefined, make: (row: JsonObject) => JsonObject): T | undefined => {
  if (!isJsonObject(row)) {
    return undefined;
  }
  const found = made.get(row) ?? make(row);
  made.set(row, found);
  return found as T;
};

export const readDesk = (row: Json | undefined): Desk | undefined =>
  once<Desk>(row, (desk) => ({
    ...DESK_NULLS,
    ...desk,
    ...(isJsonObject(desk["pgm"]) ? { pgm: { take_id: null, ...desk["pgm"] } } : {}),
  }));

export const readPreset = (row: Json | undefined): Preset | undefined => once<Preset>(row, (preset) => ({ ...PRESET_NULLS, ...preset }));
export const readPage = (row: Json | undefined): SwitcherPage | undefined => once<SwitcherPage>(row, (page) => page);
export const readTake = (row: Json | undefined): Take | undefined => once<Take>(row, (take) => ({ ...TAKE_NULLS, ...take }));

export const presetKey = (id: string): string => `preset:${id}`;

/** Pages in their order. */
export const sortPages = (pages: readonly SwitcherPage[]): SwitcherPage[] =>
  pages.toSorted((a, b) => a.position - b.position || a.name.localeCompare(b.name));

/** The newest first. */
export const sortTakes = (takes: readonly Take[]): Take[] => takes.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));

/** Whether all nodes are done with a take, for good or ill. */
export const isOver = ({ state }: Pick<Take, "state">): boolean => state !== "taking" && state !== "verifying";

/** The preset that a take under way puts on air. */
export const takingPresetOf = (desk: Desk | undefined, takes: readonly Take[]): string | undefined =>
  desk?.taking === undefined || desk.taking === null ? undefined : (takes.find(({ id }) => id === desk.taking)?.preset_id ?? undefined);
