import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import type { ManagedNode, NodeCard } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useGroupName, useMay, useMayOn } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useNarrow } from "../../frame/narrow.tsx";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { SavedFilters } from "../../frame/saved-filters.tsx";
import { useLiveRow, useLiveRows } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { DataTable, type Column } from "../../table/data-table.tsx";
import { orderBy, type SortValue } from "../../table/order.ts";
import { counted, DASH } from "../../words/numbers.ts";
import { momentText } from "../../words/times.ts";
import { stateOf } from "../dashboard/trouble.ts";
import { NewNode } from "./new-node.tsx";
import { NodeMenu } from "./node-menu.tsx";
import "./nodes.css";

const COLUMNS: readonly Column[] = [
  { key: "state", title: "", width: 40 },
  { key: "name", title: "Node", sorts: "up" },
  { key: "type", title: "Kind", sorts: "up" },
  { key: "status", title: "Status", sorts: "up" },
  { key: "version", title: "Version", sorts: "up" },
  { key: "group", title: "Group", sorts: "up", isMinor: true },
  { key: "seen", title: "Last seen", align: "right", sorts: "down" },
  { key: "acts", title: "", width: 60 },
];

const FILTER_KEYS = ["filter", "sort"] as const;

const VALUES: Readonly<Record<string, (node: ManagedNode) => SortValue>> = {
  name: (node) => node.name,
  type: (node) => node.device_type,
  status: (node) => node.status,
  version: (node) => node.software_version ?? undefined,
  group: (node) => node.owner_group_id,
  seen: (node) => node.last_seen_at ?? undefined,
};

const OnCallNodes = lazy(async () => ({ default: (await import("../on-call/nodes.tsx")).OnCallNodes }));

/** Devices of the fleet: add, find, remove. On a telephone: find, and see how they are. */
export const Nodes = () => {
  const search = useSearch({ from: "/frame/admin/nodes" });
  const navigate = useNavigate({ from: "/admin/nodes" });
  return useNarrow() ? (
    <Suspense>
      <OnCallNodes
        filter={search.filter ?? ""}
        onFilter={(filter) => void navigate({ search: (before) => ({ ...before, filter }), replace: true })}
      />
    </Suspense>
  ) : (
    <NodeTable />
  );
};

const NodeTable = () => {
  const search = useSearch({ from: "/frame/admin/nodes" });
  const navigate = useNavigate({ from: "/admin/nodes" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const { group } = usePrefs();
  const asked = useQuery({ ...ask("nodes", { query: { group_id: group } }), refetchInterval: 15_000 });
  const nodes = useMemo(() => asked.data?.nodes ?? [], [asked.data]);
  const byId = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const filter = (search.filter ?? "").toLowerCase();
  const shown = nodes.filter((node) => fits(node, filter));
  const key = search.sort?.replace(/^-/, "") ?? "name";
  const isDescending = search.sort?.startsWith("-") ?? false;
  const ids = orderBy(
    shown.map(({ id }) => id),
    (id) => {
      const node = byId.get(id);
      return node === undefined ? undefined : (VALUES[key] ?? ((each: ManagedNode) => each.name))(node);
    },
    isDescending,
  );
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const Row = useMemo(
    () =>
      ({ id }: { id: string }) => <NodeRow node={byId.get(id)} />,
    [byId],
  );
  const may = useMay()("node.create", { groupId: group ?? "" });
  return (
    <>
      <PageBar title="Nodes" about={asked.data === undefined ? undefined : counted(nodes.length, "node")}>
        <FilterBox value={search.filter ?? ""} onChange={(text) => set({ filter: text })} what="Name, kind, version" />
        <SavedFilters page="nodes" keys={FILTER_KEYS} search={search} onApply={set} />
        <span className="grow" />
        <VersionNote nodes={nodes} />
        <button
          type="button"
          className="btn pri"
          onClick={() => set({ sheet: "new" })}
          title={may.is || group === undefined ? undefined : may.why}
        >
          <Icon name="plus" />
          New node
        </button>
      </PageBar>
      {selected.size === 0 ? null : (
        <Bulk nodes={[...selected].flatMap((id) => byId.get(id) ?? [])} onDone={() => setSelected(new Set())} />
      )}
      <DataTable
        label="Nodes"
        columns={COLUMNS}
        ids={ids}
        Row={Row}
        nameOf={(id) => byId.get(id)?.name ?? id}
        sort={{ key, isDescending }}
        onSort={(sort) => set({ sort: `${sort.isDescending ? "-" : ""}${sort.key}` })}
        onOpen={(id) => void navigate({ to: "/nodes/$nodeId/$tab", params: { nodeId: id, tab: "overview" }, search: {} })}
        selection={{ ids: selected, onChange: setSelected }}
        isLoading={asked.isLoading}
        empty={
          nodes.length > 0 ? (
            <FilteredToNone what="nodes" onClear={() => set({ filter: "" })} />
          ) : (
            <NoNodes onNew={() => set({ sheet: "new" })} />
          )
        }
      />
      <NewNode isOpen={search.sheet === "new"} onClose={() => set({ sheet: "" })} />
    </>
  );
};

const NoNodes = ({ onNew }: { onNew: () => void }) => (
  <Empty
    title="No nodes yet"
    action={
      <button type="button" className="btn pri" onClick={onNew}>
        <Icon name="plus" />
        New node
      </button>
    }
  >
    A node is an edge, a relay or a gateway that dials out to this manager. One line starts it.
  </Empty>
);

const fits = (node: ManagedNode, filter: string): boolean => {
  const text =
    `${node.name} ${node.description} ${node.device_type} ${node.status} ${node.software_version ?? ""} ${node.owner_group_id} ${node.capabilities.join(" ")}`.toLowerCase();
  return filter.split(/\s+/).every((word) => text.includes(word));
};

const NodeRow = ({ node }: { node: ManagedNode | undefined }) => {
  const now = useNow();
  const { zone } = usePrefs();
  const card = useLiveRow<NodeCard>("nodes", node?.id ?? "");
  const groupName = useGroupName();
  if (node === undefined) {
    return null;
  }
  const status = card?.status ?? node.status;
  return (
    <>
      <td>
        <StateGlyph state={card === undefined ? (status === "online" ? "good" : "unknown") : stateOf(card)} />
      </td>
      <td className="nm">
        <b>{node.name}</b>
        <small>{node.description === "" ? DASH : node.description}</small>
      </td>
      <td>{node.device_type}</td>
      <td>
        {status === "pending" ? <span className="chip pend">waits for its token</span> : status}
        {node.is_shared ? <span className="chip o"> shared, {node.permission}</span> : null}
      </td>
      <td className="m">{node.software_version ?? DASH}</td>
      <td className="minor dim">{groupName(node.owner_group_id)}</td>
      <td className="r m">
        {status === "online" ? "now" : node.last_seen_at === null ? "never" : momentText(Date.parse(node.last_seen_at), now, zone)}
      </td>
      <td className="r">
        <NodeMenu node={node} />
      </td>
    </>
  );
};

/** How many nodes do not run what most of their kind run. */
const VersionNote = ({ nodes }: { nodes: readonly ManagedNode[] }) => {
  const known = nodes.filter(({ software_version: version }) => version !== null);
  const versions = [...Map.groupBy(known, (node) => `${node.device_type} ${node.software_version ?? ""}`)].toSorted(
    (a, b) => b[1].length - a[1].length,
  );
  const main = new Map<string, string>();
  versions.forEach(([text, [first]]) => first !== undefined && !main.has(first.device_type) && main.set(first.device_type, text));
  const others = known.filter((node) => main.get(node.device_type) !== `${node.device_type} ${node.software_version ?? ""}`);
  return others.length === 0 ? null : <span className="dim t12">{counted(others.length, "node")} on another version</span>;
};

const Bulk = ({ nodes, onDone }: { nodes: readonly ManagedNode[]; onDone: () => void }) => {
  const [isOpen, setOpen] = useState(false);
  const may = useMayOn();
  const cards = useLiveRows<NodeCard>("nodes");
  const canWrite = useCanWrite();
  const isAllowed = nodes.every((node) => may("node.delete", node).is);
  const remove = useAct({
    act: async () => {
      for (const node of nodes) {
        await api("deleteNode", { params: { node_id: node.id } });
      }
    },
    said: () => `${counted(nodes.length, "node")} deleted.`,
    onDone: () => {
      onDone();
      void renew("nodes");
    },
  });
  return (
    <div className="bulk" role="toolbar" aria-label="Selected nodes">
      <b className="b">{counted(nodes.length, "node")} selected</b>
      <button
        type="button"
        className="btn sm"
        disabled={!isAllowed || !canWrite}
        title={isAllowed ? undefined : "Needs Admin of the owning group."}
        onClick={() => setOpen(true)}
      >
        Delete
      </button>
      <button type="button" className="btn sm ghost" onClick={onDone}>
        Clear selection
      </button>
      <Confirm
        title={`Delete ${counted(nodes.length, "node")}`}
        sentence="They are refused from then on. What they carry goes on until somebody stops it there."
        impacts={nodes.map((node) => {
          const card = cards.find(({ id }) => id === node.id);
          return { key: node.id, name: node.name, where: node.device_type, state: card === undefined ? "unknown" : stateOf(card) };
        })}
        keep="Keep them"
        act={`Hold to delete ${counted(nodes.length, "node")}`}
        isHeld
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onAct={() => remove.run(undefined)}
      />
    </div>
  );
};
