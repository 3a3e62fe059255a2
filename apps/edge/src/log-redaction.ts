import { secretFields } from "@bilbycast/contracts/config";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { isFault } from "@bilbycast/foundation/fault";

/** What stands in a log in the place of a secret. */
export const REDACTED = "[redacted]";

/** Secrets that are no field of a transport: credentials of the edge itself, and headers that carry such. */
const OWN_SECRETS = [
  "access_token",
  "authorization",
  "auth_token",
  "bearer_token",
  "client_secret",
  "cookie",
  "jwt_secret",
  "manager_node_secret",
  "manager_registration_token",
  "node_secret",
  "passphrase",
  "password",
  "psk",
  "registration_token",
  "setup_token",
  "stream_key",
  "tls_key_pem",
  "tunnel_bind_secret",
  "tunnel_encryption_key",
  "tunnel_psk",
] as const;

/** Names of every field that is never logged: those that the declarations mark, and the edge's own. */
export const secretNames = (declarations: readonly Declaration[]): ReadonlySet<string> =>
  new Set([...OWN_SECRETS, ...secretFields(declarations).flatMap(({ path }) => path.findLast((step) => step !== "*") ?? [])]);

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
