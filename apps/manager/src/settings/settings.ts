import { isIP } from "node:net";
import { z } from "zod";
import { Fault } from "@bilbycast/foundation/fault";
import { isCidr } from "./networks.ts";

const address = z.string().refine((text) => isIP(text) !== 0, "an IP address");
const network = z.string().refine(isCidr, "a network like 10.0.0.0/8");

/** What the file may say. Unknown keys are refused: a misspelt one would be a setting that silently does nothing. */
const fileSchema = z.strictObject({
  listen_port: z.int().min(0).max(65_535).default(8443),
  listen_addrs: z.array(address).min(1).max(16).optional(),
  data_dir: z.string().min(1).optional(),
  database_url: z.string().min(1).optional(),
  tls_mode: z.enum(["direct", "behind_proxy"]).default("direct"),
  public_url: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, "https://name or https://name:port, without a path")
    .optional(),
  region: z.string().min(1).max(64).default("unknown"),
  tls: z.strictObject({ cert_path: z.string().min(1), key_path: z.string().min(1) }).optional(),
  security: z
    .strictObject({ trust_proxy_header: z.boolean().default(false), trusted_proxies: z.array(network).max(64).default([]) })
    .default({ trust_proxy_header: false, trusted_proxies: [] }),
  metrics: z
    .strictObject({ tokens: z.array(z.string().min(16)).default([]), allowlist: z.array(address).default([]) })
    .default({ tokens: [], allowlist: [] }),
});

/** How this instance is set up. Comes from the file and, before it, from the environment. */
export type ManagerSettings = {
  listenPort: number;
  listenAddresses: readonly string[];
  dataDir: string;
  /** undefined: the embedded database. */
  databaseUrl: string | undefined;
  tlsMode: "direct" | "behind_proxy";
  tls: { cert_path: string; key_path: string } | undefined;
  /** What people and nodes call this manager; undefined: as the request came. */
  publicUrl: string | undefined;
  region: string;
  instanceId: string | undefined;
  /** Networks whose X-Forwarded-For is believed; empty: nobody's. */
  trustedProxies: readonly string[];
  metricsTokens: readonly string[];
  metricsAllowlist: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/** `file`: the parsed TOML. Throws the Fault `settings_invalid` with the problem of each field, by the name that it has where it stands. */
export const readSettings = (file: unknown, environment: Environment, defaultDataDir: string): ManagerSettings => {
  const merged = withEnvironment(file, environment);
  const { success, data, error } = fileSchema.safeParse(merged.value);
  if (!success) {
    const problems = error.issues.map(({ path, message }) => ({ path: nameOf(path.join("."), merged.sources), message }));
    throw new Fault("settings_invalid", problems.map(({ path, message }) => `${path}: ${message}`).join("; "), { details: { problems } });
  }
  const isBehind = data.tls_mode === "behind_proxy";
  return {
    listenPort: data.listen_port,
    listenAddresses: data.listen_addrs ?? (isBehind ? ["127.0.0.1"] : ["0.0.0.0", "::"]),
    dataDir: data.data_dir ?? defaultDataDir,
    databaseUrl: data.database_url,
    tlsMode: data.tls_mode,
    tls: data.tls,
    publicUrl: data.public_url,
    region: data.region,
    instanceId: textOf(environment, "BILBYCAST_INSTANCE_ID"),
    trustedProxies: data.security.trust_proxy_header ? data.security.trusted_proxies : [],
    metricsTokens: data.metrics.tokens,
    metricsAllowlist: data.metrics.allowlist,
  };
};

type Reader = (text: string) => unknown;
const asText: Reader = (text) => text;
const asList: Reader = (text) =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
const asNumber: Reader = (text) => (/^\d+$/.test(text) ? Number(text) : text);
const asSwitch: Reader = (text) => ({ "1": true, true: true, yes: true, "0": false, false: false, no: false })[text.toLowerCase()] ?? text;

/** Variables and the fields of the file that they go before. */
const VARIABLES: readonly (readonly [variable: string, path: readonly string[], read: Reader])[] = [
  ["BILBYCAST_PORT", ["listen_port"], asNumber],
  ["BILBYCAST_LISTEN_ADDRS", ["listen_addrs"], asList],
  ["BILBYCAST_DATA_DIR", ["data_dir"], asText],
  ["BILBYCAST_DATABASE_URL", ["database_url"], asText],
  ["DATABASE_URL", ["database_url"], asText],
  ["BILBYCAST_TLS_MODE", ["tls_mode"], asText],
  ["BILBYCAST_TLS_CERT", ["tls", "cert_path"], asText],
  ["BILBYCAST_TLS_KEY", ["tls", "key_path"], asText],
  ["BILBYCAST_PUBLIC_URL", ["public_url"], asText],
  ["BILBYCAST_REGION", ["region"], asText],
  ["BILBYCAST_TRUST_PROXY_HEADER", ["security", "trust_proxy_header"], asSwitch],
  ["BILBYCAST_TRUSTED_PROXIES", ["security", "trusted_proxies"], asList],
  ["BILBYCAST_METRICS_TOKENS", ["metrics", "tokens"], asList],
  ["BILBYCAST_METRICS_ALLOWLIST", ["metrics", "allowlist"], asList],
];

const withEnvironment = (file: unknown, environment: Environment): { value: unknown; sources: ReadonlyMap<string, string> } => {
  const sources = new Map<string, string>();
  if (typeof file !== "object" || file === null || Array.isArray(file)) {
    return { value: file, sources };
  }
  const value = structuredClone(file) as Record<string, unknown>;
  for (const [variable, path, read] of VARIABLES) {
    const text = textOf(environment, variable);
    // The first of two names for the same field wins.
    if (text !== undefined && !sources.has(path.join("."))) {
      put(value, path, read(text));
      sources.set(path.join("."), variable);
    }
  }
  return { value, sources };
};

const put = (into: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void => {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = into[name];
  const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  into[name] = next;
  put(next, rest, value);
};

const textOf = (environment: Environment, name: string): string | undefined => {
  const text = environment[name]?.trim();
  return text === undefined || text === "" ? undefined : text;
};

const nameOf = (path: string, sources: ReadonlyMap<string, string>): string =>
  [...sources].find(([field]) => path === field || path.startsWith(`${field}.`))?.[1] ?? path;
