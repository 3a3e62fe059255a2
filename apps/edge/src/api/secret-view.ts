import { isObject } from "@bilbycast/contracts/config";

/**
 * A copy of an answer without any field of these names, wherever it stands: a configuration may hold a part of a type that this
 * version does not know, and a field in a wrong place.
 */
export const withoutSecretFields = (value: unknown, names: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) {
    return value.map((entry) => withoutSecretFields(entry, names));
  }
  if (!isObject(value)) {
    return value;
  }
  const fields = Object.entries(value).filter(([key]) => !names.has(key.toLowerCase()));
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutSecretFields(field, names)]));
};
