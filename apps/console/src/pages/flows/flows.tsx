import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useState } from "react";
import type { FlowRow, NodeCard } from "@bilbycast/contracts/manager-api";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { SavedFilters } from "../../frame/saved-filters.tsx";
import { heardAt, liveRow, useLink, useLiveRows, useTopics } from "../../live/live-link.tsx";
import { ageOf } from "../../live/age.ts";
import { useNow } from "../../live/use-now.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { SelectField } from "../../parts/field.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { DataTable, type Column } from "../../table/data-table.tsx";
import { orderBy, type Sort } from "../../table/order.ts";
import { useHeldOrder } from "../../table/use-held-order.tsx";
import { counted, megabits } from "../../words/numbers.ts";
import { Bulk } from "./bulk.tsx";
import { FlowCells } from "./flow-cells.tsx";
import { entriesOf, fits, kindOf, SORTS, STATE_WORDS, troubleOf, type FlowEntry } from "./flow-list.ts";

const COLUMNS: readonly Column[] = [
  { key: "state", title: "", width: 40 },
  { key: "name", title: "Flow", sorts: "up" },
  { key: "picture", title: "Picture", width: 64, isMinor: true },
  { key: "node", title: "Node", sorts: "up" },
  { key: "input", title: "Input", sorts: "up" },
  { key: "in", title: "In Mbit/s", align: "right", sorts: "down" },
  { key: "out", title: "Out Mbit/s", align: "right", sorts: "down" },
  { key: "outputs", title: "Outputs", align: "right", isMinor: true },
  { key: "loss", title: "Loss", align: "right", sorts: "down" },
  { key: "rtt", title: "RTT ms", align: "right", sorts: "down", isMinor: true },
  { key: "since", title: "Runs for", align: "right", sorts: "down" },
];

const FILTER_KEYS = ["filter", "state", "kind", "sort"] as const;
const TONES = { critical: "bad", warning: "wrn", unknown: "", off: "", good: "" } as const;
const STATES = [
  { value: "", label: "Any state" },
  ...(["critical", "warning", "unknown", "good", "off"] as const).map((state) => ({ value: state, label: STATE_WORDS[state] })),
];

/** `-loss` is loss, from the most. */
const sortOf = (text: string | undefined): Sort =>
  text === undefined ? { key: "worst", isDescending: true } : { key: text.replace(/^-/, ""), isDescending: text.startsWith("-") };

/** Every flow of every node in one table, the worst first. */
export const Flows = () => {
  const search = useSearch({ from: "/frame/flows" });
  const navigate = useNavigate({ from: "/flows" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = useFlows();
  const { filter = "", state, kind } = search;
  const shown = useMemo(() => all.filter((entry) => fits(entry, { text: filter, state, kind })), [all, filter, state, kind]);
  const byId = useMemo(() => new Map(shown.map((entry) => [entry.id, entry])), [shown]);
  const sort = sortOf(search.sort);
  const wanted = useOrder(byId, sort);
  const { ids, movedUp, release, hold } = useHeldOrder(wanted, `${search.sort ?? ""} ${filter} ${state ?? ""} ${kind ?? ""}`);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What the filter hides is not selected: nobody acts on what they do not see.
  const chosen = useMemo(() => [...selected].flatMap((id) => byId.get(id) ?? []), [selected, byId]);
  const selection = useMemo(() => new Set(chosen.map(({ id }) => id)), [chosen]);
  const now = useNow();
  const isLoading = useLink().state === "connecting" || heardAt("flows") === undefined;
  return (
    <>
      <PageBar title="Flows">
        <FilterBox value={filter} onChange={(text) => set({ filter: text })} what="Flow, node, input" />
        <Choices all={all} search={search} onSearch={set} />
        <SavedFilters page="flows" keys={FILTER_KEYS} search={search} onApply={set} />
        {search.sort === undefined ? null : (
          <button type="button" className="btn" onClick={() => set({ sort: "" })}>
            Worst first
          </button>
        )}
        <span className="grow" />
        <Sums all={all} shown={shown} />
      </PageBar>
      <Bulk entries={chosen} onClear={() => setSelected(new Set())} />
      <section className="pane grow" aria-label="Flows" {...hold}>
        <DataTable
          label="Flows"
          columns={COLUMNS}
          ids={ids}
          Row={FlowCells}
          nameOf={(id) => byId.get(id)?.row.name ?? id}
          toneOf={(id) => TONES[byId.get(id)?.state ?? "unknown"]}
          sort={sort}
          onSort={(next) => set({ sort: `${next.isDescending ? "-" : ""}${next.key}` })}
          onOpen={(id) => {
            const entry = byId.get(id);
            if (entry !== undefined) {
              void navigate({ to: "/nodes/$nodeId/$tab", params: { nodeId: entry.nodeId, tab: "flows" }, search: { flow: entry.flowId } });
            }
          }}
          selection={{ ids: selection, onChange: setSelected }}
          isLoading={isLoading}
          isOld={ageOf(heardAt("flows"), now) === "old" && !isLoading}
          empty={<NoFlows isFiltered={all.length > 0} onClear={() => set({ filter: "", state: "", kind: "" })} />}
        >
          {movedUp === 0 ? null : (
            <div className="moved">
              <button type="button" className="btn" onClick={release}>
                {movedUp} moved up
              </button>
            </div>
          )}
        </DataTable>
      </section>
    </>
  );
};

/** Of the group that is looked at. A list of thousands is made when there is time for it: what is typed goes before. */
const useFlows = (): readonly FlowEntry[] => {
  useTopics("flows");
  const cards = useLiveRows<NodeCard>("nodes");
  const rows = useDeferredValue(useLiveRows<Readonly<Record<string, FlowRow>>>("flows"));
  const { group } = usePrefs();
  return useMemo(
    () =>
      entriesOf(group === undefined ? cards : cards.filter((card) => card.group_id === group), (id) =>
        liveRow<Readonly<Record<string, FlowRow>>>("flows", id),
      ),
    // Rows are read by their node; that any changed is what `rows` says.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
    [cards, rows, group],
  );
};

const useOrder = (byId: ReadonlyMap<string, FlowEntry>, sort: Sort): readonly string[] => {
  const value = SORTS[sort.key] ?? troubleOf;
  return useMemo(() => {
    const of = (id: string, read: (entry: FlowEntry) => string | number | undefined): string | number | undefined => {
      const entry = byId.get(id);
      return entry === undefined ? undefined : read(entry);
    };
    const named = orderBy([...byId.keys()], (id) => of(id, ({ row, node }) => `${row.name} ${node.name}`), false);
    return orderBy(named, (id) => of(id, value), sort.isDescending);
  }, [byId, value, sort.isDescending]);
};

type Search = { state?: string; kind?: string };

const Choices = ({ all, search, onSearch }: { all: readonly FlowEntry[]; search: Search; onSearch: (change: Search) => void }) => {
  const kinds = useMemo(() => [...new Set(all.map((entry) => kindOf(entry)))].filter((kind) => kind !== "").toSorted(), [all]);
  return (
    <>
      <SelectField
        label={<span className="spoken">State</span>}
        value={search.state ?? ""}
        onChange={(state) => onSearch({ state })}
        options={STATES}
      />
      <SelectField
        label={<span className="spoken">Kind of input</span>}
        value={search.kind ?? ""}
        onChange={(kind) => onSearch({ kind })}
        options={[
          { value: "", label: "Any input" },
          ...[...new Set([...kinds, ...(search.kind === undefined ? [] : [search.kind])])].map((kind) => ({
            value: kind,
            label: kind.replaceAll("_", " ").toUpperCase(),
          })),
        ]}
      />
    </>
  );
};

const Sums = ({ all, shown }: { all: readonly FlowEntry[]; shown: readonly FlowEntry[] }) => {
  const known = shown.filter(({ isAway, state }) => !isAway && state !== "off");
  const sum = (key: "bitrate_in_bps" | "bitrate_out_bps"): number => known.reduce((total, { row }) => total + (row[key] ?? 0), 0);
  return (
    <div className="sums">
      <span>
        {shown.length === all.length ? (
          <b>{counted(all.length, "flow")}</b>
        ) : (
          <>
            <b>{shown.length}</b> of {counted(all.length, "flow")}
          </>
        )}
      </span>
      <span>
        In <b>{megabits(sum("bitrate_in_bps"))}</b> Mbit/s
      </span>
      <span>
        Out <b>{megabits(sum("bitrate_out_bps"))}</b> Mbit/s
      </span>
    </div>
  );
};

const NoFlows = ({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) =>
  isFiltered ? (
    <FilteredToNone what="flows" onClear={onClear} />
  ) : (
    <Empty title="No flows yet">
      A flow takes one of its inputs and sends it to all of its outputs. It is made on the page of its node.
    </Empty>
  );
