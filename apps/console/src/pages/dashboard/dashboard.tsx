import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { heardAt, useLink, useLiveRows } from "../../live/live-link.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { Segment } from "../../parts/segment.tsx";
import { setPrefs, usePrefs } from "../../prefs/prefs.tsx";
import { DataTable, type Column } from "../../table/data-table.tsx";
import { orderBy, type Sort, type SortValue } from "../../table/order.ts";
import { useHeldOrder } from "../../table/use-held-order.tsx";
import { megabits } from "../../words/numbers.ts";
import { Attention } from "./attention.tsx";
import { Cards, Wall } from "./cards.tsx";
import "./dashboard.css";
import { FleetRow } from "./fleet-cells.tsx";
import { fits, metricOf, stateOf, troubleOf } from "./trouble.ts";

const COLUMNS: readonly Column[] = [
  { key: "state", title: "", width: 40 },
  { key: "name", title: "Node", sorts: "up" },
  { key: "pictures", title: "Pictures", width: 172 },
  { key: "flows", title: "Flows", align: "right", sorts: "down" },
  { key: "in", title: "In Mbit/s", align: "right", sorts: "down" },
  { key: "out", title: "Out Mbit/s", align: "right", sorts: "down" },
  { key: "trend", title: "In, last 15 min", isMinor: true },
  { key: "loss", title: "Loss", align: "right", sorts: "down", isMinor: true },
  { key: "rtt", title: "RTT ms", align: "right", sorts: "down", isMinor: true },
  { key: "cpu", title: "CPU %", sorts: "down", isMinor: true },
  { key: "units", title: "Load %", sorts: "down", isMinor: true },
  { key: "version", title: "Version", align: "right", sorts: "up", isMinor: true },
];

const VALUES: Readonly<Record<string, (card: NodeCard) => SortValue>> = {
  worst: troubleOf,
  name: (card) => card.name,
  flows: (card) => card.active_flows ?? undefined,
  in: (card) => card.bitrate_in_bps ?? undefined,
  out: (card) => card.bitrate_out_bps ?? undefined,
  loss: (card) => metricOf(card, "loss_percent"),
  rtt: (card) => metricOf(card, "rtt_ms"),
  cpu: (card) => card.cpu_percent ?? undefined,
  units: (card) => metricOf(card, "units_percent") ?? card.ram_percent ?? undefined,
  version: (card) => card.software_version ?? undefined,
};

const TONES = { critical: "bad", warning: "wrn", unknown: "", off: "", good: "" } as const;

/** `-loss` is loss, from the most. */
const sortOf = (text: string | undefined): Sort =>
  text === undefined ? { key: "worst", isDescending: true } : { key: text.replace(/^-/, ""), isDescending: text.startsWith("-") };

/** What is on air, what is wrong, what changed? */
export const Dashboard = () => {
  const search = useSearch({ from: "/frame/dashboard" });
  const navigate = useNavigate({ from: "/dashboard" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = useFleet();
  const { dashboard } = usePrefs();
  const view = VIEWS.find(({ value: each }) => each === search.view)?.value ?? dashboard;
  const chooseView = (next: typeof view): void => {
    set({ view: next });
    setPrefs({ dashboard: next });
  };
  const filter = search.filter ?? "";
  const sort = sortOf(search.sort);
  const shown = useMemo(
    () =>
      filter === "" && search.hide !== "offline"
        ? all
        : all.filter((card) => (filter === "" || fits(card, filter)) && (search.hide !== "offline" || card.status !== "offline")),
    [all, filter, search.hide],
  );
  const byId = useMemo(() => new Map(shown.map((card) => [card.id, card])), [shown]);
  const byName = useNameOrder(shown);
  const value = VALUES[sort.key] ?? troubleOf;
  const wanted = useMemo(() => {
    const valueOf = (id: string): SortValue => {
      const card = byId.get(id);
      return card === undefined ? undefined : value(card);
    };
    return orderBy(byName, valueOf, sort.isDescending);
  }, [byId, byName, value, sort.isDescending]);
  const open = useCallback(
    (id: string) => void navigate({ to: "/nodes/$nodeId/$tab", params: { nodeId: id, tab: "overview" }, search: {} }),
    [navigate],
  );
  const { ids, movedUp, release, hold } = useHeldOrder(wanted, `${search.sort ?? ""} ${filter} ${search.hide ?? ""}`);
  const isLoading = useLink().state === "connecting" || heardAt("nodes") === undefined;
  const empty = <FleetEmpty isFiltered={all.length > 0} onClear={() => set({ filter: "", hide: "" })} />;
  return (
    <>
      <PageBar title="Dashboard">
        <Segment label="View" value={view} options={VIEWS} onChange={chooseView} />
        <FilterBox value={filter} onChange={(text) => set({ filter: text })} what="Node, flow or state" />
        {search.sort === undefined ? null : (
          <button type="button" className="btn" onClick={() => set({ sort: "" })}>
            Worst first
          </button>
        )}
        <button
          type="button"
          className="btn"
          aria-pressed={search.hide === "offline"}
          onClick={() => set({ hide: search.hide === "offline" ? "" : "offline" })}
        >
          {search.hide === "offline" ? "Show who is away" : "Hide who is away"}
        </button>
        <span className="grow" />
        <Sums cards={all} />
      </PageBar>
      <div className="panes dashboard">
        <section className="pane fleet" aria-label="Nodes" {...hold}>
          {view === "table" ? (
            <DataTable
              label="Nodes"
              columns={COLUMNS}
              ids={ids}
              Row={FleetRow}
              nameOf={(id) => byId.get(id)?.name ?? id}
              toneOf={(id) => TONES[stateOf(byId.get(id) ?? NO_CARD)]}
              sort={sort}
              onSort={(next) => set({ sort: `${next.isDescending ? "-" : ""}${next.key}` })}
              onOpen={open}
              isLoading={isLoading}
              empty={empty}
            >
              <Moved count={movedUp} onRelease={release} />
            </DataTable>
          ) : view === "cards" ? (
            <Cards ids={ids} empty={isLoading ? null : empty} />
          ) : (
            <Wall ids={ids} />
          )}
        </section>
        <Attention />
      </div>
    </>
  );
};

const VIEWS = [
  { value: "table", label: "Table" },
  { value: "cards", label: "Cards" },
  { value: "wall", label: "Wall" },
] as const;

/** Stands in for a card that went while its row was drawn. */
const NO_CARD = { status: "pending", alarms: { critical: 0, warning: 0 }, worst_health: null, stats_at: null } as NodeCard;

/** Ids by name: sorting words costs more than all the rest, and names hardly ever change. */
const useNameOrder = (cards: readonly NodeCard[]): readonly string[] => {
  const text = cards.map(({ id, name }) => `${id} ${name}`).join("\n");
  return useMemo(() => {
    const names = new Map(text === "" ? [] : text.split("\n").map((line) => [line.slice(0, UUID_LENGTH), line.slice(UUID_LENGTH + 1)]));
    return orderBy([...names.keys()], (id) => names.get(id), false);
  }, [text]);
};

const UUID_LENGTH = 36;

const useFleet = (): readonly NodeCard[] => {
  const cards = useLiveRows<NodeCard>("nodes");
  const { group } = usePrefs();
  return useMemo(() => (group === undefined ? cards : cards.filter((card) => card.group_id === group)), [cards, group]);
};

const Moved = ({ count, onRelease }: { count: number; onRelease: () => void }) =>
  count === 0 ? null : (
    <div className="moved">
      <button type="button" className="btn" onClick={onRelease}>
        {count} moved up
      </button>
    </div>
  );

const FleetEmpty = ({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) =>
  isFiltered ? (
    <FilteredToNone what="nodes" onClear={onClear} />
  ) : (
    <Empty
      title="No nodes yet"
      action={
        <a className="btn pri" href="/admin/nodes?sheet=new">
          New node
        </a>
      }
    >
      A node is an edge, a relay or a gateway that dials out to this manager. One line starts it.
    </Empty>
  );

const sum = (cards: readonly NodeCard[], of: (card: NodeCard) => number | null): number =>
  cards.reduce((total, card) => total + (card.status === "offline" ? 0 : (of(card) ?? 0)), 0);

const Sums = ({ cards }: { cards: readonly NodeCard[] }) => (
  <div className="sums">
    <span>
      <b>{cards.filter(({ status }) => status !== "offline" && status !== "pending").length}</b> of {cards.length} online
    </span>
    <span>
      <b>{sum(cards, (card) => card.active_flows)}</b> of {sum(cards, (card) => card.total_flows)} flows
    </span>
    <span>
      In <b>{megabits(sum(cards, (card) => card.bitrate_in_bps))}</b> Mbit/s
    </span>
    <span>
      Out <b>{megabits(sum(cards, (card) => card.bitrate_out_bps))}</b> Mbit/s
    </span>
  </div>
);
