import { canonicalJson } from "./canonical-json.ts";

export type FieldChange = { field: string; before?: unknown; after?: unknown };

/** What stands in the place of a secret: that it changed is told, what it was is not. */
export const MASKED = "[secret]";

/** Characters of the longest value that is kept as it is. */
const LONGEST = 1_000;

/** Fields that differ, in order of their names; those in `secrets` are masked on both sides. `undefined` on one side: it was not, or is no more. */
export const differencesOf = (
  before: Readonly<Record<string, unknown>> | undefined,
  after: Readonly<Record<string, unknown>> | undefined,
  secrets: ReadonlySet<string> = new Set(),
): FieldChange[] => {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].toSorted();
  return names.flatMap((field) => {
    const [old, young] = [before?.[field], after?.[field]];
    if (canonicalJson(old) === canonicalJson(young)) {
      return [];
    }
    const show = (value: unknown): unknown =>
      value === undefined || value === null ? value : secrets.has(field) ? MASKED : shortened(value);
    return [{ field, ...(old === undefined ? {} : { before: show(old) }), ...(young === undefined ? {} : { after: show(young) }) }];
  });
};

const shortened = (value: unknown): unknown => {
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length <= LONGEST ? value : `${text.slice(0, LONGEST)}…`;
};
