import { asVersionOne, effective, isObject, withoutSecrets, type ConfigDocument } from "@bilbycast/contracts/config";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import type { ConfigStore } from "../config-store.ts";

/** What a view needs of the store. */
type Stored = Pick<ConfigStore, "broken" | "config" | "document">;

const LISTS = ["inputs", "outputs", "flows", "tunnels", "flow_groups"] as const;
type List = (typeof LISTS)[number];

/** The whole configuration as it is written, with the defaults of what runs; entries that are broken stand as they were written. */
export const documentView = (store: Stored): ConfigDocument => {
  const view = effective(withoutLists(store.document), withoutLists(store.config)) as ConfigDocument;
  for (const list of LISTS) {
    const written = store.document[list];
    if (Array.isArray(written)) {
      view[list] = written.map((entry: unknown, index) => entryView(store, list, entry, index));
    } else if (store.config[list] !== undefined) {
      view[list] = store.config[list];
    }
  }
  return view;
};

/** The configuration as it is told to others, without the credentials of the edge itself. Throws the Fault `config_version_inexpressible`. */
export const configView = ({ store }: { store: Stored }, version: "1" | "2"): ConfigDocument & { version: 1 | 2 } => {
  const document = withoutSecrets(documentView(store)) as ConfigDocument & { version: 2 };
  if (version === "2") {
    return document;
  }
  const { document: older, problems } = asVersionOne(document);
  if (older === undefined) {
    throw new Fault(
      "config_version_inexpressible",
      `Version 1 cannot say this configuration: ${problems[0]?.path} ${problems[0]?.message}`,
      {
        details: { problems },
      },
    );
  }
  return { ...older, version: 1 };
};

/** One entry in the same way; `undefined` when none of this id runs or could. */
export const viewOf = (store: Stored, list: List, id: string): unknown => {
  const checked = checkedOf(store, list, id);
  const written: unknown[] = Array.isArray(store.document[list]) ? store.document[list] : [];
  const index = written.findIndex((entry, at) => isObject(entry) && entry["id"] === id && !isBroken(store, list, at));
  return checked === undefined ? undefined : effective(written[index], checked);
};

/** Flows of the file that break a rule: they are not run, and shown as failed with the reason. */
export const brokenFlowStats = (store: Stored): FlowStats[] =>
  store.broken
    .filter(({ kind }) => kind === "flow")
    .map(({ id, path, problems }) => {
      const [first] = problems;
      const message = `${first?.path ?? path} ${first?.message ?? "is wrong"}`;
      const written = entryAt(store.document, path);
      const name = isObject(written) && typeof written["name"] === "string" ? written["name"] : id;
      return {
        flow_id: id,
        flow_name: name,
        state: "failed",
        error: { code: first?.code ?? "config_invalid", message },
        health: "Critical",
        health_reasons: [{ code: "config_invalid", severity: "Critical", detail: message }],
        uptime_secs: 0,
        inputs_live: [],
        outputs: [],
      };
    });

const withoutLists = (document: ConfigDocument): ConfigDocument =>
  Object.fromEntries(Object.entries(document).filter(([key]) => !(LISTS as readonly string[]).includes(key)));

const entryView = (store: Stored, list: List, entry: unknown, index: number): unknown => {
  const checked = isObject(entry) && !isBroken(store, list, index) ? checkedOf(store, list, entry["id"]) : undefined;
  return checked === undefined ? entry : effective(entry, checked);
};

const checkedOf = ({ config }: Stored, list: List, id: unknown): unknown => {
  const entries: readonly { id: string }[] = config[list] ?? [];
  return entries.find((entry) => entry.id === id);
};

const isBroken = ({ broken }: Stored, list: List, index: number): boolean => broken.some(({ path }) => path === `${list}[${index}]`);

const entryAt = (document: ConfigDocument, path: string): unknown => {
  const [, list = "", index] = /^(\w+)\[(\d+)\]$/.exec(path) ?? [];
  const entries = document[list];
  return Array.isArray(entries) ? (entries as unknown[])[Number(index)] : undefined;
};
