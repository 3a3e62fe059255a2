/** A configuration as it is written: keys that this version does not know are part of it and are never lost. */
export type ConfigDocument = Record<string, unknown>;

/** True for `{}` and its like; lists and null are none. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects in `document[key]`; anything else in the list keeps its place as an empty object, so that indexes stay true. */
export const objectsIn = (document: ConfigDocument, key: string): Record<string, unknown>[] => {
  const list = document[key];
  return Array.isArray(list) ? list.map((entry: unknown) => (isObject(entry) ? entry : {})) : [];
};

/** The strings in a list, each at its index; what is not a string is `undefined`. */
export const stringsIn = (list: unknown): (string | undefined)[] =>
  Array.isArray(list) ? list.map((entry: unknown) => (typeof entry === "string" ? entry : undefined)) : [];

/** A copy in which a field that is null is absent: configurations of version 1 write null for a field that is not set. */
export const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (!isObject(value)) {
    return value;
  }
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== null) {
      put(copy, key, withoutNulls(field));
    }
  }
  return copy;
};

/** What was written together with the defaults of what was not: unknown keys from `written`, values from `checked`. */
export const effective = (written: unknown, checked: unknown): unknown => {
  if (Array.isArray(checked)) {
    return Array.isArray(written) ? effectiveList(written, checked) : checked;
  }
  if (!isObject(checked)) {
    return checked;
  }
  const copy: Record<string, unknown> = {};
  if (isObject(written)) {
    for (const [key, field] of Object.entries(written)) {
      put(copy, key, field);
    }
  }
  for (const [key, field] of Object.entries(checked)) {
    if (field !== undefined) {
      put(copy, key, effective(copy[key], field));
    }
  }
  return copy;
};

/** Entries that were written and did not pass their check keep their place. */
const effectiveList = (written: readonly unknown[], checked: readonly unknown[]): unknown[] => {
  if (written.length === checked.length) {
    return checked.map((entry, index) => effective(written[index], entry));
  }
  const left = [...checked];
  return written.map((entry) => {
    const index = left.findIndex((candidate) => isObject(entry) && isObject(candidate) && candidate["id"] === entry["id"]);
    return index < 0 ? entry : effective(entry, left.splice(index, 1)[0]);
  });
};

/** Plain assignment would take the key `__proto__` for the prototype. */
const put = (target: Record<string, unknown>, key: string, value: unknown): void => {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
};
