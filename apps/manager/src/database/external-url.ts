import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { Fault } from "@bilbycast/foundation/fault";
import type { ConnectionTarget } from "./connection-target.ts";

/** Parameters of a URL that we act on; others are refused, lest somebody believes that they count. */
const PARAMETERS = new Set(["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"]);

/**
 * The target behind `postgres://user:password@host:port/database?sslmode=…`. `sslmode` means what libpq means by it:
 * `disable`, `require` (encrypted, not verified), `verify-ca`, `verify-full`; `prefer` and `allow`, which give in to whoever
 * suppresses TLS, are refused. Without it: none to this machine, `verify-full` to others. `host=/folder` names a Unix socket.
 * No fault repeats the URL, since it has a password in it.
 */
export const externalTarget = (text: string): ConnectionTarget => {
  const url = parsed(text);
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) {
    throw invalid(`it has the parameter ${unknown}, which is not one of ${[...PARAMETERS].join(", ")}`);
  }
  const host = url.searchParams.get("host") ?? url.hostname.replace(/^\[|\]$/g, "");
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decoded);
  if (host === "" || user === undefined || user === "" || database === undefined || database === "") {
    throw invalid("it has to name a host, a user and a database");
  }
  return {
    host,
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    database,
    ...(password === undefined || password === "" ? {} : { password }),
    ssl: host.startsWith("/") ? false : tlsOf(url.searchParams, host),
  };
};

const parsed = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !["postgres:", "postgresql:"].includes(url.protocol)) {
    throw invalid("it has to look like postgres://user:password@host:5432/database");
  }
  return url;
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid("a percent sign in it is not followed by two hexadecimal digits");
  }
};

const tlsOf = (parameters: URLSearchParams, host: string): ConnectionOptions | false => {
  const mode = parameters.get("sslmode") ?? (isThisMachine(host) ? "disable" : "verify-full");
  const files = { ca: fileOf(parameters, "sslrootcert"), cert: fileOf(parameters, "sslcert"), key: fileOf(parameters, "sslkey") };
  const options = Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined));
  switch (mode) {
    case "disable":
      return false;
    case "require":
      // As libpq has it: a root certificate that is named is also used.
      return files.ca === undefined ? { ...options, rejectUnauthorized: false } : { ...options, checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ...options, checkServerIdentity: () => undefined };
    case "verify-full":
      return options;
    default:
      throw invalid("sslmode has to be disable, require, verify-ca or verify-full");
  }
};

const isThisMachine = (host: string): boolean => host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const fileOf = (parameters: URLSearchParams, name: string): string | undefined => {
  const path = parameters.get(name);
  try {
    return path === null ? undefined : readFileSync(path, "utf8");
  } catch (cause) {
    throw new Fault("database_url_invalid", `The file that ${name} of DATABASE_URL names cannot be read.`, { cause });
  }
};

const invalid = (why: string): Fault => new Fault("database_url_invalid", `DATABASE_URL cannot be used: ${why}.`);
