import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useNarrow } from "../../frame/narrow.tsx";
import { FilterBox, PageBar } from "../../frame/page-bar.tsx";
import { SavedFilters } from "../../frame/saved-filters.tsx";
import { Segment } from "../../parts/segment.tsx";
import { Conditions } from "./conditions-pane.tsx";
import { EventLog } from "./event-log.tsx";
import "./events.css";

const OnCallAlarms = lazy(async () => ({ default: (await import("../on-call/alarms.tsx")).OnCallAlarms }));

const VIEWS = [
  { value: "conditions", label: "Conditions" },
  { value: "events", label: "Events" },
] as const;

const FILTER_KEYS = ["view", "show", "filter", "node", "severity", "category"] as const;

/** What needs a person: conditions that last, and the events that made them. */
export const Events = () => {
  const search = useSearch({ from: "/frame/events" });
  const navigate = useNavigate({ from: "/events" });
  const set = (change: Partial<typeof search>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const isNarrow = useNarrow();
  if (isNarrow && search.view !== "events") {
    return (
      <Suspense>
        <OnCallAlarms current={search.alarm} onOpen={(alarm) => set({ alarm })} />
      </Suspense>
    );
  }
  const view = search.view === "events" ? "events" : "conditions";
  return (
    <>
      <PageBar title="Alarms">
        <Segment label="View" value={view} options={VIEWS} onChange={(next) => set({ view: next === "events" ? next : "" })} />
        <FilterBox value={search.filter ?? ""} onChange={(filter) => set({ filter })} what="Node, code or text" />
        <SavedFilters page="alarms" keys={FILTER_KEYS} search={search} onApply={set} />
        <span className="grow" id="events-actions" />
      </PageBar>
      {view === "conditions" ? <Conditions search={search} onSearch={set} /> : <EventLog search={search} onSearch={set} />}
    </>
  );
};
