import { isJsonObject, type Json } from "../live/merge-patch.ts";

/** Where a value stands: keys of objects and places in lists. */
export type Path = readonly (string | number)[];

export const getAt = (value: Json | undefined, path: Path): Json | undefined => {
  let found = value;
  for (const step of path) {
    found = Array.isArray(found)
      ? (found as readonly Json[])[Number(step)]
      : isJsonObject(found) && Object.hasOwn(found, step)
        ? found[step]
        : undefined;
  }
  return found;
};

/** The document with another value at a place; `undefined` takes a field out. Objects on the way are made where they lack. */
export const setAt = (value: Json | undefined, path: Path, change: Json | undefined): Json | undefined => {
  const [step, ...rest] = path;
  if (step === undefined) {
    return change;
  }
  if (typeof step === "number") {
    const list = Array.isArray(value) ? [...(value as readonly Json[])] : [];
    const inner = setAt(list[step], rest, change);
    if (inner === undefined) {
      list.splice(step, 1);
    } else {
      list[step] = inner;
    }
    return list;
  }
  const { [step]: before, ...others } = isJsonObject(value) ? value : {};
  const inner = setAt(before, rest, change);
  if (inner === undefined) {
    return others;
  }
  // Where it stood, so that the JSON beside the form does not jump about.
  return isJsonObject(value) && Object.hasOwn(value, step)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, key === step ? inner : each]))
    : { ...others, [step]: inner };
};

/** `inputs[2].redundancy.local_addr` */
export const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`), "");

/** The path that such a text writes, as problems from a server carry it. */
export const pathOf = (text: string): Path =>
  [...text.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((match) => (match[2] === undefined ? (match[1] ?? "") : Number(match[2])));
