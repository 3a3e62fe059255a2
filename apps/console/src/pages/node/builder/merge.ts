import { isJsonObject, type Json, type JsonObject } from "../../../live/merge-patch.ts";

/** Whose value a field gets that both sides changed. */
export type Side = "theirs" | "mine";

export type Choices = ReadonlyMap<string, Side>;
type Conflict = { path: string; theirs?: unknown };

/**
 * The configuration with what was chosen. `merged` has mine in every field that conflicts; `path`: RFC 6901, entries of lists by their ids.
 */
export const withChoices = (merged: JsonObject, conflicts: readonly Conflict[], choices: Choices): JsonObject =>
  conflicts
    .filter(({ path }) => choices.get(path) === "theirs")
    .reduce<JsonObject>((config, { path, theirs }) => {
      const next = put(config, stepsOf(path), theirs as Json | undefined);
      return isJsonObject(next) ? next : config;
    }, merged);

/** The fields that were chosen for are those that conflict: none is left, and none is chosen that is gone. */
export const isComplete = (conflicts: readonly Conflict[], choices: Choices): boolean => conflicts.every(({ path }) => choices.has(path));

export const stepsOf = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** `undefined` takes it out. A path that leads nowhere changes nothing. */
const put = (value: Json | undefined, [step, ...rest]: readonly string[], wanted: Json | undefined): Json | undefined => {
  if (step === undefined) {
    return wanted;
  }
  if (Array.isArray(value)) {
    return putInList(value as readonly Json[], step, rest, wanted);
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const member = put(value[step], rest, wanted);
  const others = Object.entries(value).filter(([name]) => name !== step);
  return member === undefined
    ? Object.fromEntries(others)
    : Object.hasOwn(value, step)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, name === step ? member : each]))
      : Object.fromEntries([...others, [step, member]]);
};

const putInList = (list: readonly Json[], id: string, rest: readonly string[], wanted: Json | undefined): Json => {
  const place = list.findIndex((entry) => isJsonObject(entry) && entry["id"] === id);
  const entry = put(list[place], rest, wanted);
  if (place < 0) {
    return entry === undefined ? list : [...list, entry];
  }
  return entry === undefined ? list.filter((_, i) => i !== place) : list.with(place, entry);
};
