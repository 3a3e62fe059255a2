import { isObject, type ConfigDocument } from "./document.ts";

/** The credentials of the infrastructure, as the file of secrets holds them. Keys that this version does not know are part of it. */
export type Secrets = Record<string, unknown>;

/** Where each credential stands in the configuration, and under which name it is kept apart. */
const PLACES: readonly { path: readonly [string] | readonly [string, string]; key: string }[] = [
  { path: ["setup_token"], key: "setup_token" },
  { path: ["server", "tls"], key: "server_tls" },
  { path: ["server", "auth"], key: "server_auth" },
  { path: ["manager", "registration_token"], key: "manager_registration_token" },
  { path: ["manager", "node_secret"], key: "manager_node_secret" },
  { path: ["nmos_registration", "bearer_token"], key: "nmos_bearer_token" },
];

/** Credentials of a tunnel; they are kept by the id of the tunnel. */
const TUNNEL_FIELDS = ["tunnel_encryption_key", "tunnel_bind_secret", "tunnel_psk", "tls_cert_pem", "tls_key_pem"] as const;

/** Takes a document apart: what may be shown and copied, and the credentials of the infrastructure. Nothing is lost. */
export const splitSecrets = (document: ConfigDocument): { config: ConfigDocument; secrets: Secrets } => {
  const config: ConfigDocument = { ...document };
  const secrets: Secrets = {};
  for (const { path, key } of PLACES) {
    const [first, second] = path;
    const holder = second === undefined ? config : config[first];
    const field = second ?? first;
    if (!isObject(holder) || !isThere(holder[field])) {
      continue;
    }
    secrets[key] = holder[field];
    const { [field]: _, ...rest } = holder;
    if (second === undefined) {
      delete config[field];
    } else {
      config[first] = rest;
    }
  }
  if (Array.isArray(config["tunnels"])) {
    const byId: Record<string, unknown> = {};
    config["tunnels"] = config["tunnels"].map((tunnel: unknown) => splitTunnel(tunnel, byId));
    if (Object.keys(byId).length > 0) {
      secrets["tunnels"] = byId;
    }
  }
  return { config, secrets };
};

/** A configuration as it may be shown: without the credentials of the infrastructure. */
export const withoutSecrets = (document: ConfigDocument): ConfigDocument => splitSecrets(document).config;

/**
 * Puts credentials back in their places. What the document says itself goes before; a field that is null counts as said
 * when `nullSays`, so that null takes a credential away. `rest` is what has no place in this document (yet).
 */
export const mergeSecrets = (
  document: ConfigDocument,
  secrets: Secrets,
  options: { nullSays: boolean },
): { document: ConfigDocument; rest: Secrets } => {
  const merged: ConfigDocument = { ...document };
  const rest: Secrets = { ...secrets };
  for (const { path, key } of PLACES) {
    const [first, second] = path;
    const value = secrets[key];
    if (!isThere(value)) {
      delete rest[key];
      continue;
    }
    const holder = second === undefined ? merged : (merged[first] ?? (first === "server" ? {} : undefined));
    const field = second ?? first;
    if (!isObject(holder)) {
      continue;
    }
    delete rest[key];
    if (isSaid(holder, field, options.nullSays)) {
      continue;
    }
    if (second === undefined) {
      merged[field] = value;
    } else {
      merged[first] = { ...holder, [field]: value };
    }
  }
  const { tunnels: byId } = secrets;
  if (isObject(byId) && Array.isArray(merged["tunnels"])) {
    const list: unknown[] = merged["tunnels"];
    merged["tunnels"] = list.map((tunnel) => mergeTunnel(tunnel, byId, options.nullSays));
    const known = new Set(list.map((tunnel) => (isObject(tunnel) ? tunnel["id"] : undefined)));
    rest["tunnels"] = Object.fromEntries(Object.entries(byId).filter(([id]) => !known.has(id)));
  }
  return { document: merged, rest };
};

/** What has no place in the document yet, together with what was taken from it. */
export const joinSecrets = (rest: Secrets, own: Secrets): Secrets => {
  const tunnels = { ...(isObject(rest["tunnels"]) ? rest["tunnels"] : {}), ...(isObject(own["tunnels"]) ? own["tunnels"] : {}) };
  const { tunnels: _rest, ...others } = rest;
  const { tunnels: _own, ...mine } = own;
  return { ...others, ...mine, ...(Object.keys(tunnels).length === 0 ? {} : { tunnels }) };
};

const splitTunnel = (tunnel: unknown, byId: Record<string, unknown>): unknown => {
  if (!isObject(tunnel) || typeof tunnel["id"] !== "string" || Object.hasOwn(byId, tunnel["id"])) {
    return tunnel;
  }
  const config: Record<string, unknown> = { ...tunnel };
  const own: Record<string, unknown> = {};
  for (const field of TUNNEL_FIELDS) {
    if (isThere(tunnel[field])) {
      own[field] = tunnel[field];
      delete config[field];
    }
  }
  if (Object.keys(own).length > 0) {
    Object.defineProperty(byId, tunnel["id"], { value: own, enumerable: true, configurable: true, writable: true });
  }
  return config;
};

const mergeTunnel = (tunnel: unknown, byId: Record<string, unknown>, nullSays: boolean): unknown => {
  const id = isObject(tunnel) ? tunnel["id"] : undefined;
  const own = typeof id === "string" && Object.hasOwn(byId, id) ? byId[id] : undefined;
  if (!isObject(tunnel) || !isObject(own)) {
    return tunnel;
  }
  const merged = { ...tunnel };
  for (const field of TUNNEL_FIELDS) {
    if (isThere(own[field]) && !isSaid(merged, field, nullSays)) {
      merged[field] = own[field];
    }
  }
  return merged;
};

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

const isSaid = (holder: Record<string, unknown>, field: string, nullSays: boolean): boolean =>
  nullSays ? field in holder : isThere(holder[field]);
