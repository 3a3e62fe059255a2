import { isObject, type Config, type ConfigDocument } from "@bilbycast/contracts/config";
import { ConfigDraft } from "./config-draft.ts";
import { keepOnAir } from "./on-air.ts";

/** Sections that are this machine's: a push that leaves one out, or has null for it, leaves it as it is. */
const LOCAL = [
  "server",
  "monitor",
  "manager",
  "setup_enabled",
  "setup_token",
  "device_name",
  "resource_limits",
  "nmos_registration",
] as const;

/** Credentials of this machine: what a push says of them, null too, is passed over. */
const OWN_SECRETS: Readonly<Record<string, readonly string[]>> = {
  server: ["tls", "auth"],
  manager: ["registration_token", "node_secret", "node_id"],
  nmos_registration: ["bearer_token"],
};

/**
 * The document that a manager's push makes of the present one: what is this machine's own stays, credentials among it, and what is on air
 * stays on air. Keys of tunnels are taken from the push, since the manager makes them. `pushed` is of version 2 and flat.
 */
export const documentOfPush = (present: ConfigDocument, former: Config, pushed: ConfigDocument): ConfigDocument => {
  const document: ConfigDocument = { ...pushed };
  for (const section of LOCAL) {
    const [own, said] = [present[section], document[section]];
    if (said === undefined || said === null || section === "setup_token") {
      put(document, section, own);
    } else if (isObject(said)) {
      document[section] = withOwn(section, isObject(own) ? own : {}, said);
    }
  }
  const draft = new ConfigDraft({ ...document, node_id: present["node_id"] ?? former.node_id });
  keepOnAir(draft, former);
  return draft.document;
};

/** The section as the push has it, with our credentials. The way to the manager is changed where the push says so, and not lost. */
const withOwn = (section: string, own: Record<string, unknown>, said: Record<string, unknown>): Record<string, unknown> => {
  const secrets = OWN_SECRETS[section] ?? [];
  const others = Object.entries(said).filter(([key]) => !secrets.includes(key));
  const kept =
    section === "manager" ? Object.entries(own) : secrets.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]] as const]));
  return Object.fromEntries([...kept, ...others]);
};

const put = (document: ConfigDocument, key: string, value: unknown): void => {
  if (value === undefined) {
    delete document[key];
  } else {
    document[key] = value;
  }
};
