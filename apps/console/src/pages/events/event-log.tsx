import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { LiveMessage, ManagerEvent } from "@bilbycast/contracts/manager-api";
import { api } from "../../api/browser.tsx";
import { useMessages, useTopics } from "../../live/live-link.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Empty, FilteredToNone } from "../../parts/empty.tsx";
import { SelectField } from "../../parts/field.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { stampText } from "../../words/times.ts";
import type { SearchProps } from "./conditions-pane.tsx";

const SEVERITIES = [
  { value: "", label: "Any severity" },
  { value: "critical", label: "Critical" },
  { value: "warning", label: "Warning" },
  { value: "info", label: "Info" },
];

/** Everything that was told, the newest first; new ones come as they happen. */
export const EventLog = ({ search, onSearch }: SearchProps) => {
  useTopics("events");
  const { zone, group } = usePrefs();
  const { filter, severity, category } = search;
  const isFiltered = (filter ?? severity ?? category) !== undefined;
  const query = { search: filter, severity: severity as "info" | undefined, category, group_id: group };
  const log = useInfiniteQuery({
    queryKey: ["events", "log", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => api("events", { query: { ...query, cursor: pageParam, limit: 100 }, signal }),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const fresh = useFresh(!isFiltered);
  const known = new Set(fresh.map(({ id }) => id));
  const events = [...fresh, ...(log.data?.pages.flatMap((page) => page.entries) ?? []).filter(({ id }) => !known.has(id))];
  return (
    <section className="pane grow" aria-label="Events">
      <div className="bulk">
        <SelectField
          label={<span className="spoken">Severity</span>}
          value={severity ?? ""}
          options={SEVERITIES}
          onChange={(value) => onSearch({ severity: value })}
        />
        {category === undefined ? null : (
          <button type="button" className="btn sm" onClick={() => onSearch({ category: "" })}>
            {category} ×
          </button>
        )}
        <span className="grow" />
        <span className="dim t12">{isFiltered ? "Filtered: new events do not come by themselves" : "Live"}</span>
      </div>
      <div className="table scroll dense">
        <table aria-label="Events" aria-busy={log.isLoading}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th />
              <th scope="col">Node</th>
              <th scope="col">Event</th>
              <th scope="col" className="minor">
                Category
              </th>
              <th scope="col" className="minor">
                Code
              </th>
            </tr>
          </thead>
          <tbody>
            {events.map((event) => (
              <tr key={event.id}>
                <td className="m">{stampText(Date.parse(event.at), zone)}</td>
                <td>{event.severity === "info" ? <span className="spoken">Info</span> : <StateGlyph state={event.severity} />}</td>
                <td className="b">{event.node_name === "" ? "Manager" : event.node_name}</td>
                <td className="message" title={event.message}>
                  {event.message}
                </td>
                <td className="minor">
                  <button type="button" className="link" onClick={() => onSearch({ category: event.category })}>
                    {event.category}
                  </button>
                </td>
                <td className="m dim minor">{event.error_code ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {events.length > 0 || log.isLoading ? null : isFiltered ? (
          <FilteredToNone what="events" onClear={() => onSearch({ filter: "", severity: "", category: "" })} />
        ) : (
          <Empty title="No events yet">What nodes and the manager tell appears here.</Empty>
        )}
        {log.hasNextPage ? (
          <button type="button" className="btn more" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {log.isFetchingNextPage ? "Loading" : "Earlier events"}
          </button>
        ) : null}
      </div>
    </section>
  );
};

const MOST_FRESH = 500;

const useFresh = (isWanted: boolean): readonly ManagerEvent[] => {
  const [fresh, setFresh] = useState<readonly ManagerEvent[]>([]);
  useMessages(
    useCallback((message: LiveMessage) => {
      if (message.type === "event") {
        const { event } = message;
        setFresh((before) => [event, ...before].slice(0, MOST_FRESH));
      }
    }, []),
  );
  return isWanted ? fresh : [];
};
