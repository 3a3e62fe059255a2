import { isObject, type SecretField } from "@bilbycast/contracts/config";

/** A copy of an answer without the secret fields of any input or output in it, wherever it stands. */
export const withoutPartSecrets = (value: unknown, fields: readonly SecretField[]): unknown => {
  if (Array.isArray(value)) {
    return value.map((entry) => withoutPartSecrets(entry, fields));
  }
  if (!isObject(value)) {
    return value;
  }
  const copy = Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutPartSecrets(entry, fields)]));
  const kind = value["type"];
  return fields.filter((field) => field.kind === kind).reduce<unknown>((part, field) => without(part, field.path), copy);
};

const without = (value: unknown, path: readonly string[]): unknown => {
  const [key, ...rest] = path;
  if (key === "*") {
    return Array.isArray(value) ? value.map((entry) => without(entry, rest)) : value;
  }
  if (!isObject(value) || key === undefined || !(key in value)) {
    return value;
  }
  const { [key]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...others, [key]: without(inner, rest) };
};
