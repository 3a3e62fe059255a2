import { useMemo } from "react";
import type { Alarm, NodeCard } from "@bilbycast/contracts/manager-api";
import { useMay, useMe } from "../api/me.tsx";
import { picturesOf } from "../live/card-facts.ts";
import { useLiveRows } from "../live/live-link.tsx";
import type { Entry } from "./palette-match.ts";
import { MANAGE, OPERATE } from "./places.tsx";

const ACTIONS: readonly Entry[] = [
  { id: "keys", kind: "Action", title: "Keys of this page", detail: "?" },
  { id: "theme dark", kind: "Action", title: "Dark theme", detail: "" },
  { id: "theme light", kind: "Action", title: "Light theme", detail: "" },
  { id: "theme contrast", kind: "Action", title: "High contrast theme", detail: "" },
  { id: "theme system", kind: "Action", title: "Theme of the system", detail: "" },
  { id: "density compact", kind: "Action", title: "Compact rows", detail: "" },
  { id: "density normal", kind: "Action", title: "Normal rows", detail: "" },
  { id: "density touch", kind: "Action", title: "Rows for fingers", detail: "" },
  { id: "go /account", kind: "Page", title: "My account", detail: "", more: "password sessions tokens" },
];

/** All that can be found: pages and acts that this person has, nodes, their flows, alarms. Made only while it is looked for. */
export const useEntries = (isWanted: boolean): readonly Entry[] => {
  const cards = useLiveRows<NodeCard>(isWanted ? "nodes" : "");
  const alarms = useLiveRows<Alarm>(isWanted ? "alarms" : "");
  const may = useMay();
  const { groups } = useMe();
  return useMemo(() => {
    if (!isWanted) {
      return [];
    }
    const places = [...OPERATE, ...MANAGE]
      .filter(({ act }) => may(act).is)
      .map(({ to, word }): Entry => ({ id: `go ${to}`, kind: "Page", title: word, detail: "" }));
    const nodes = cards.map((card): Entry => ({
      id: `go /nodes/${card.id}/overview`,
      kind: "Node",
      title: card.name,
      detail: `${card.device_type}, ${card.status}`,
    }));
    const flows = cards.flatMap((card) =>
      picturesOf(card).map((each): Entry => ({
        id: `go /nodes/${card.id}/flows?flow=${encodeURIComponent(each.flow_id)}`,
        kind: "Flow",
        title: each.flow_name,
        detail: card.name,
        more: each.flow_id,
      })),
    );
    const open = alarms
      .filter(({ is_raised: isRaised }) => isRaised)
      .map((alarm): Entry => ({
        id: `go /events?alarm=${alarm.id}`,
        kind: "Alarm",
        title: alarm.message,
        detail: alarm.node_name,
        more: alarm.error_code,
      }));
    const desks = groups
      .filter(({ id }) => may("switcher.read", { groupId: id }).is)
      .flatMap(({ id, name }): Entry[] => [
        { id: `go /switcher/${id}`, kind: "Page", title: `${name} desk`, detail: "Switcher", more: "pgm pvw take presets" },
        ...(may("switcher.preset.create", { groupId: id }).is
          ? [{ id: `go /switcher/${id}?mode=edit`, kind: "Action" as const, title: `Edit presets of ${name}`, detail: "Switcher" }]
          : []),
      ]);
    return [
      ...places,
      ...desks,
      ...nodes,
      ...flows,
      ...open,
      { id: "go /admin/nodes?sheet=new", kind: "Action", title: "New node", detail: "" } satisfies Entry,
      ...ACTIONS,
    ];
    // `may` is another function each time and judges by the same person.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isWanted, cards, alarms, groups]);
};
