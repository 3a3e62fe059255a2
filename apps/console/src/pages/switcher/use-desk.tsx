import { useMemo } from "react";
import type { Desk, Preset, SwitcherPage, Take } from "@bilbycast/contracts/manager-api";
import { useLiveRow, useLiveRows } from "../../live/live-link.tsx";
import { isJsonObject, type Json } from "../../live/merge-patch.ts";
import { presetKey, readDesk, readPage, readPreset, readTake, sortPages, sortTakes } from "./desk-rows.ts";

export type DeskRows = {
  /** `undefined`: nothing has come yet, or it is none of this person's business. */
  desk: Desk | undefined;
  pages: readonly SwitcherPage[];
  presets: readonly Preset[];
  /** The newest first. */
  takes: readonly Take[];
};

/** All of a desk, drawn anew with any change of it: they are few. */
export const useDeskRows = (topic: string): DeskRows => {
  const rows = useLiveRows<Json>(topic);
  return useMemo(() => sortRows(rows), [rows]);
};

/** Rows of a topic by what they are: each kind has a member that no other has. */
const sortRows = (rows: readonly Json[]): DeskRows => {
  const of = <T,>(member: string, read: (row: Json) => T | undefined): T[] =>
    rows.flatMap((row) => (isJsonObject(row) && Object.hasOwn(row, member) ? (read(row) ?? []) : []));
  return {
    desk: of("seats", readDesk)[0],
    pages: sortPages(of("presets", readPage)),
    presets: of("match", readPreset),
    takes: sortTakes(of("preset_name", readTake)),
  };
};

export const usePreset = (topic: string, id: string): Preset | undefined => readPreset(useLiveRow<Json>(topic, presetKey(id)));
