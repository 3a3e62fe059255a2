import { isObject, type ConfigDocument } from "./document.ts";
import type { Migrated, Origin } from "./migrate.ts";

/** Fields of former times that are read still: `flows` of a flow group is `flow_ids`, `relay_addr` of a tunnel is the first of `relay_addrs`. */
export const inWordsOfToday = (document: ConfigDocument): Migrated => {
  const origins: Origin[] = [];
  const groups = rewritten(document["flow_groups"], (group, index) => {
    const { flows, ...rest } = group;
    if (!Array.isArray(flows) || !isEmpty(group["flow_ids"])) {
      return group;
    }
    origins.push({ at: `flow_groups[${index}].flow_ids`, was: `flow_groups[${index}].flows` });
    return { ...rest, flow_ids: flows };
  });
  const tunnels = rewritten(document["tunnels"], (tunnel, index) => {
    const { relay_addr: relay, ...rest } = tunnel;
    if (typeof relay !== "string" || !isEmpty(tunnel["relay_addrs"])) {
      return tunnel;
    }
    origins.push({ at: `tunnels[${index}].relay_addrs[0]`, was: `tunnels[${index}].relay_addr` });
    return { ...rest, relay_addrs: [relay] };
  });
  if (origins.length === 0) {
    return { document, origins };
  }
  return {
    document: {
      ...document,
      ...(groups === undefined ? {} : { flow_groups: groups }),
      ...(tunnels === undefined ? {} : { tunnels }),
    },
    origins,
  };
};

const isEmpty = (list: unknown): boolean => list === undefined || list === null || (Array.isArray(list) && list.length === 0);

type Entry = Record<string, unknown>;

const rewritten = (list: unknown, rewrite: (entry: Entry, index: number) => Entry): unknown[] | undefined =>
  Array.isArray(list) ? list.map((entry: unknown, index) => (isObject(entry) ? rewrite(entry, index) : entry)) : undefined;
