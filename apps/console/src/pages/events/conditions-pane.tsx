import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Alarm } from "@bilbycast/contracts/manager-api";
import { ask } from "../../api/browser.tsx";
import { useKeys } from "../../frame/keys.tsx";
import { useLiveRows } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { PaneEdge } from "../../parts/pane-edge.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { counted } from "../../words/numbers.ts";
import { useAlarmActs } from "./alarm-acts.tsx";
import { AlarmDetail } from "./alarm-detail.tsx";
import { ConditionRows } from "./condition-rows.tsx";
import { alarmFits, sectionsOf, showsIn, type Show } from "./conditions.ts";

export type EventsSearch = {
  show?: string;
  filter?: string;
  alarm?: string;
  node?: string;
  severity?: string;
  category?: string;
  from?: string;
  to?: string;
};
export type SearchProps = { search: EventsSearch; onSearch: (change: EventsSearch) => void };

const VIEWS: readonly { show: Show; word: string }[] = [
  { show: "open", word: "Open" },
  { show: "unacknowledged", word: "Not acknowledged" },
  { show: "shelved", word: "Shelved" },
  { show: "cleared", word: "Cleared" },
];

/** Alarms as conditions: a list by severity, and what is known of one of them. */
export const Conditions = ({ search, onSearch }: SearchProps) => {
  const now = useNow();
  const all = useAlarms();
  const show = VIEWS.find((view) => view.show === search.show)?.show ?? "open";
  const filter = search.filter ?? "";
  const shown = useMemo(
    () =>
      all.filter(
        (alarm) =>
          showsIn(alarm, show, now) &&
          (filter === "" || alarmFits(alarm, filter)) &&
          (search.node === undefined || alarm.node_name === search.node),
      ),
    [all, show, filter, search.node, now],
  );
  const sections = useMemo(() => sectionsOf(shown), [shown]);
  const order = sections.flatMap((section) => section.alarms);
  const current = order.find(({ id }) => id === search.alarm) ?? all.find(({ id }) => id === search.alarm);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const acts = useAlarmActs();
  const step = (by: number): void => {
    const place = order.findIndex(({ id }) => id === search.alarm);
    const next = order[Math.max(0, Math.min(order.length - 1, place + by))];
    if (next !== undefined) {
      onSearch({ alarm: next.id });
    }
  };
  const chosen = selected.size > 0 ? [...selected] : current === undefined ? [] : [current.id];
  useKeys([
    { keys: "j", does: "Next alarm", act: () => step(1) },
    { keys: "k", does: "Alarm before", act: () => step(-1) },
    { keys: "a", does: "Acknowledge", act: () => void acts.acknowledge(chosen, "") },
    { keys: "s", does: "Shelve for 2 hours", act: () => void acts.shelve(chosen, 120) },
    { keys: "Escape", does: "Close the alarm", act: () => onSearch({ alarm: "" }) },
  ]);
  return (
    <div className={`panes alarms${current === undefined ? "" : " with-detail"}`}>
      <ViewList all={all} show={show} now={now} search={search} onSearch={onSearch} />
      <section className="pane" aria-label="Conditions">
        {selected.size > 0 ? <BulkBar ids={[...selected]} onDone={() => setSelected(new Set())} /> : null}
        <ConditionRows
          sections={sections}
          now={now}
          current={search.alarm}
          selected={selected}
          onSelect={setSelected}
          onOpen={(alarm) => onSearch({ alarm })}
        />
        {order.length > 0 ? null : filter !== "" || search.node !== undefined ? (
          <FilteredToNone what="alarms" onClear={() => onSearch({ filter: "", node: "" })} />
        ) : (
          <Empty title={show === "open" ? "No alarm stands" : "None"}>
            A condition appears here while it lasts, once, however often it is told.
          </Empty>
        )}
      </section>
      {current === undefined ? null : (
        <>
          <AlarmDetail key={current.id} alarm={current} now={now} onClose={() => onSearch({ alarm: "" })} />
          <PaneEdge of="alarm" usual={360} />
        </>
      )}
    </div>
  );
};

/** Those that stand come by the live channel; those that are over are asked for. */
const useAlarms = (): readonly Alarm[] => {
  const { group } = usePrefs();
  const live = useLiveRows<Alarm>("alarms");
  const asked = useQuery({ ...ask("alarms", { query: { state: "all", limit: 500, group_id: group } }), refetchInterval: 30_000 });
  return useMemo(() => {
    const byId = new Map((asked.data?.alarms ?? []).map((alarm) => [alarm.id, alarm]));
    live.forEach((alarm) => byId.set(alarm.id, alarm));
    return [...byId.values()].filter((alarm) => group === undefined || alarm.group_id === group);
  }, [live, asked.data, group]);
};

type ViewProps = SearchProps & { all: readonly Alarm[]; show: Show; now: number };

const ViewList = ({ all, show, now, search, onSearch }: ViewProps) => {
  const open = all.filter(({ is_raised: isRaised }) => isRaised);
  const nodes = [...Map.groupBy(open, (alarm) => alarm.node_name)].toSorted((a, b) => b[1].length - a[1].length);
  return (
    <nav className="pane list views scroll" aria-label="Views">
      <h2>Views</h2>
      {VIEWS.map((view) => (
        <button
          key={view.show}
          type="button"
          aria-current={view.show === show}
          onClick={() => onSearch({ show: view.show === "open" ? "" : view.show })}
        >
          {view.word}
          <span className="n">{all.filter((alarm) => showsIn(alarm, view.show, now)).length}</span>
        </button>
      ))}
      <h2>Nodes</h2>
      {nodes.map(([name, alarms]) => (
        <button
          key={name}
          type="button"
          aria-pressed={search.node === name}
          onClick={() => onSearch({ node: search.node === name ? "" : name })}
        >
          <span className="el grow">{name === "" ? "The manager" : name}</span>
          <span className="n">{alarms.length}</span>
        </button>
      ))}
    </nav>
  );
};

const BulkBar = ({ ids, onDone }: { ids: readonly string[]; onDone: () => void }) => {
  const { acknowledge, shelve } = useAlarmActs();
  return (
    <div className="bulk" role="toolbar" aria-label="Selected alarms">
      <b className="b">{counted(ids.length, "alarm")} selected</b>
      <button type="button" className="btn sm" onClick={() => void acknowledge(ids, "").then(onDone)}>
        Acknowledge
      </button>
      <button type="button" className="btn sm" onClick={() => void shelve(ids, 120).then(onDone)}>
        Shelve 2 h
      </button>
      <button type="button" className="btn sm ghost" onClick={onDone}>
        Clear selection
      </button>
    </div>
  );
};
