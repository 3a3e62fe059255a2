import { KEYS_PER_PAGE, type Preset, type SwitcherPage } from "@bilbycast/contracts/manager-api";

/** Of a page: what a preset needs to have a key. */
export type Placed = Pick<Preset, "id" | "page_id" | "position" | "name">;

/** Presets on no page: they are reached by a tab of their own. */
export const NO_PAGE = "none";

/**
 * Keys of a page in reading order. Two presets that claim the same key both stay in sight: the later one moves on to the next free key.
 * `beyond`: those that have none.
 */
export const placesOf = (presets: readonly Placed[], pageId: string): { keys: (string | undefined)[]; beyond: string[] } => {
  const keys: (string | undefined)[] = Array.from({ length: KEYS_PER_PAGE }, () => undefined);
  const beyond: string[] = [];
  const own = presets
    .filter(({ page_id: page }) => (page ?? NO_PAGE) === pageId)
    .toSorted((a, b) => a.position - b.position || a.name.localeCompare(b.name));
  for (const { id, position } of own) {
    const free = keys.findIndex((key, place) => place >= position && key === undefined);
    if (free < 0) {
      beyond.push(id);
    } else {
      keys[free] = id;
    }
  }
  return { keys, beyond };
};

/** Moves of presets that put the key at `from` to `to`; what was there takes its place. */
export const swapOf = (keys: readonly (string | undefined)[], from: number, to: number): { id: string; position: number }[] => {
  const [moved, other] = [keys[from], keys[to]];
  return moved === undefined || from === to || to < 0 || to >= keys.length
    ? []
    : [{ id: moved, position: to }, ...(other === undefined ? [] : [{ id: other, position: from }])];
};

/** Where an arrow leads from a key: rows of eight, and no further than the edge. */
export const stepOf = (place: number, arrow: string, rowLength: number, count: number): number => {
  const column = place % rowLength;
  const step =
    arrow === "ArrowLeft" && column > 0
      ? -1
      : arrow === "ArrowRight" && column < rowLength - 1
        ? 1
        : arrow === "ArrowUp"
          ? -rowLength
          : arrow === "ArrowDown"
            ? rowLength
            : 0;
  const next = place + step;
  return next >= 0 && next < count ? next : place;
};

/** The page for what must work when all else fails: whatever is on it is held to go on air. */
export const isEmergency = (page: Pick<SwitcherPage, "is_emergency"> | undefined): boolean => page?.is_emergency === true;
