import { isFault } from "@bilbycast/foundation/fault";

/** What stands in a log in the place of a secret. */
export const REDACTED = "[redacted]";

/** Deeper than anything that is logged on purpose. */
const DEPTH = 8;

/** A copy in which fields of these names are redacted, wherever they are, and errors are plain objects with their causes. */
export const redact = (value: unknown, secrets: ReadonlySet<string>, depth = DEPTH): unknown => {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (depth === 0) {
    return "[too deep]";
  }
  if (value instanceof Error) {
    return redactError(value, secrets, depth);
  }
  if (Array.isArray(value)) {
    return value.map((entry) => redact(entry, secrets, depth - 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // Requests and the like: the log has forms of its own for those.
    return value;
  }
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => [
    key,
    secrets.has(key.toLowerCase()) ? REDACTED : redact(field, secrets, depth - 1),
  ]);
  return Object.fromEntries(entries);
};

const redactError = (error: Error, secrets: ReadonlySet<string>, depth: number): Record<string, unknown> => {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(isFault(error) && Object.keys(error.details).length > 0 ? { details: redact(error.details, secrets, depth - 1) } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, secrets, depth - 1) }),
  };
};
