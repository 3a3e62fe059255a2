import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo, useCallback, useState } from "react";
import type { LiveMessage, ManagerEvent } from "@bilbycast/contracts/manager-api";
import { ask } from "../../api/browser.tsx";
import { useOpenAlarms } from "../../frame/use-alarm-counts.tsx";
import { useMessages, useTopics } from "../../live/live-link.tsx";
import { useOverTime } from "../../live/use-now.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { clockText, lastedText } from "../../words/times.ts";
import { byWorst } from "../events/conditions.ts";

const SHOWN = 4;
const WINDOW_MS = 900_000;
/** Milliseconds between two looks at what is too long ago. */
const STEP_MS = 10_000;

/** What needs a person, and what changed in the last quarter of an hour. */
export const Attention = () => {
  const open = useOpenAlarms();
  const critical = open.filter(({ severity }) => severity === "critical").length;
  const warnings = open.length - critical;
  const worst = byWorst(open);
  return (
    <aside className="pane side attention" aria-label="Needs attention">
      <header className="ph">
        Needs attention
        <span className="grow" />
        <span className="t12 dim">
          {critical} critical · {warnings} {warnings === 1 ? "warning" : "warnings"}
        </span>
      </header>
      <ul>
        {worst.slice(0, SHOWN).map((alarm) => (
          <li key={alarm.id}>
            <Link to="/events" search={{ alarm: alarm.id }} className="al">
              <StateGlyph state={alarm.severity} />
              <b className="el">{alarm.message}</b>
              <Lasted since={alarm.first_seen} />
              <small className="el">
                {alarm.node_name}
                {alarm.acknowledged_by === null ? "" : ` · acknowledged by ${alarm.acknowledged_by}`}
              </small>
            </Link>
          </li>
        ))}
      </ul>
      {open.length === 0 ? <p className="dim calm">Nothing. All nodes are well.</p> : null}
      {open.length > SHOWN ? (
        <Link to="/events" search={{}} className="more">
          {open.length - SHOWN} more
        </Link>
      ) : null}
      <Changed />
    </aside>
  );
};

const Lasted = ({ since }: { since: string }) => {
  const text = useOverTime((now) => lastedText(now - Date.parse(since)));
  return <span className="m dim">{text}</span>;
};

/** Events of the last quarter of an hour; new ones come by the live channel. */
const Changed = memo(() => {
  const now = useOverTime((at) => Math.floor(at / STEP_MS) * STEP_MS);
  useTopics("events");
  const { zone, group } = usePrefs();
  const [from] = useState(() => new Date(Date.now() - WINDOW_MS).toISOString());
  const first = useQuery(ask("events", { query: { from, limit: 50, group_id: group } }));
  const [fresh, setFresh] = useState<readonly ManagerEvent[]>([]);
  useMessages(
    useCallback((message: LiveMessage) => {
      if (message.type === "event") {
        const { event } = message;
        setFresh((before) => [event, ...before].slice(0, 100));
      }
    }, []),
  );
  const known = new Set(fresh.map(({ id }) => id));
  const events = [...fresh, ...(first.data?.entries ?? []).filter(({ id }) => !known.has(id))].filter(
    ({ at, group_id: owner }) => now - Date.parse(at) <= WINDOW_MS && (group === undefined || owner === group),
  );
  return (
    <>
      <header className="ph">Changed in the last 15 minutes</header>
      <ol className="feed scroll" tabIndex={0} aria-label="Changed in the last 15 minutes">
        {events.map((event) => (
          <li key={event.id}>
            <span className="m">{clockText(Date.parse(event.at), zone).slice(0, 5)}</span>
            <span>
              {event.node_name === "" ? null : <b className="b">{event.node_name} </b>}
              {event.message}
            </span>
          </li>
        ))}
        {events.length === 0 && !first.isLoading ? <li className="dim">Nothing changed.</li> : null}
      </ol>
    </>
  );
});
