/** What a row is sorted by; `undefined` stands last in either direction. */
export type SortValue = string | number | undefined;
export type Sort = { key: string; isDescending: boolean };

/** Ids in the order of their values; those that are equal stay as they were. */
export const orderBy = (ids: readonly string[], valueOf: (id: string) => SortValue, isDescending: boolean): string[] => {
  const values = new Map(ids.map((id) => [id, valueOf(id)]));
  return ids.toSorted((one, other) => {
    const [a, b] = [values.get(one), values.get(other)];
    if (a === undefined || b === undefined) {
      return a === b ? 0 : a === undefined ? 1 : -1;
    }
    const order = typeof a === "number" && typeof b === "number" ? a - b : COLLATOR.compare(String(a), String(b));
    return isDescending ? -order : order;
  });
};

/** CAM 2 before CAM 10. */
const COLLATOR = new Intl.Collator("en", { numeric: true });

/**
 * Rows as they were shown, without those that are gone and with new ones at the end: nothing moves under the pointer.
 * `movedUp` is how many would stand higher in the order that is wanted by now.
 */
export const heldOrder = (shown: readonly string[], wanted: readonly string[]): { ids: string[]; movedUp: number } => {
  const present = new Set(wanted);
  const before = new Set(shown);
  const ids = [...shown.filter((id) => present.has(id)), ...wanted.filter((id) => !before.has(id))];
  const placeOf = new Map(ids.map((id, place) => [id, place]));
  const movedUp = wanted.filter((id, place) => place < (placeOf.get(id) ?? place)).length;
  return { ids, movedUp };
};

/** The rows from one to the other, both with them, in either direction. */
export const rangeOf = (ids: readonly string[], from: string, to: string): string[] => {
  const [a, b] = [ids.indexOf(from), ids.indexOf(to)];
  return a < 0 || b < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
};

/** Which rows of a long list are drawn: those in sight and a few beside them. */
export const windowOf = (count: number, rowHeight: number, scrollTop: number, viewHeight: number): { from: number; to: number } => {
  const first = Math.floor(scrollTop / rowHeight) - SPARE;
  const last = Math.ceil((scrollTop + viewHeight) / rowHeight) + SPARE;
  return { from: Math.max(0, Math.min(first, count)), to: Math.max(0, Math.min(last, count)) };
};

/** Rows beyond the edge of sight, so that a turn of the wheel meets drawn ones. */
const SPARE = 6;
