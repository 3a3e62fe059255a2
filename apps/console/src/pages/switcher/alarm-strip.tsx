import { Link } from "@tanstack/react-router";
import { memo, useMemo, useState } from "react";
import type { Alarm, NodeCard } from "@bilbycast/contracts/manager-api";
import { targetOf, useMay } from "../../api/me.tsx";
import { useLiveRow, useLiveRows } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { isShelved } from "../../frame/use-alarm-counts.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { counted } from "../../words/numbers.ts";
import { TickingNumber } from "../../parts/ticking.tsx";
import { lastedText } from "../../words/times.ts";
import { useAlarmActs } from "../events/alarm-acts.tsx";

/** Alarms of the nodes of this desk, those that nobody has seen first, then the worst, then the newest. One line, always in the same place. */
export const AlarmStrip = memo(({ nodeIds, isLost }: { nodeIds: string; isLost: boolean }) => {
  const alarms = useLiveRows<Alarm>("alarms");
  const [at, setAt] = useState(0);
  const open = useMemo(() => {
    const own = new Set(nodeIds.split(" "));
    return alarms
      .filter((alarm) => alarm.is_raised && alarm.node_id !== null && own.has(alarm.node_id) && !isShelved(alarm, Date.now()))
      .toSorted((a, b) => rank(a) - rank(b) || b.first_seen.localeCompare(a.first_seen));
  }, [alarms, nodeIds]);
  const place = Math.min(at, open.length - 1);
  const shown = open[place];
  const seen = open.filter(({ acknowledged_at: time }) => (time ?? null) !== null).length;
  return (
    <div className="strip" role="group" aria-label="Alarms of this desk">
      {shown === undefined ? (
        <span className="dim">
          <StateGlyph state="good" size={11} silent />
          No open alarms on the nodes of this desk
        </span>
      ) : (
        <>
          <AlarmLine alarm={shown} isLost={isLost} />
          <span className="grow" />
          <span className="dim nw">
            {place + 1} of {open.length}
            {seen === 0 ? "" : `, ${seen} seen`}
          </span>
          <button
            type="button"
            className="btn sm square"
            tabIndex={-1}
            aria-label="Next alarm"
            disabled={open.length < 2}
            onClick={() => setAt((place + 1) % open.length)}
          >
            <Icon name="right" size={12} />
          </button>
          <Link to="/events" search={{ alarm: shown.id }} tabIndex={-1} className="nw">
            {counted(open.length, "alarm")}
          </Link>
        </>
      )}
    </div>
  );
});

const rank = ({ acknowledged_at: seen, severity }: Alarm): number => ((seen ?? null) === null ? 0 : 2) + (severity === "critical" ? 0 : 1);

const AlarmLine = ({ alarm, isLost }: { alarm: Alarm; isLost: boolean }) => {
  const now = useNow();
  const may = useMay();
  const { acknowledge } = useAlarmActs();
  const card = useLiveRow<NodeCard>("nodes", alarm.node_id ?? "");
  const verdict = may("alarm.acknowledge", card === undefined ? undefined : targetOf({ id: card.id, owner_group_id: card.group_id }));
  const by = alarm.acknowledged_by ?? undefined;
  return (
    <>
      <StateGlyph state={alarm.severity === "critical" ? "critical" : "warning"} size={14} />
      <b className="b el">{alarm.message}</b>
      <span className="mid el">{alarm.node_name}</span>
      <TickingNumber className="dim">{lastedText(now - Date.parse(alarm.first_seen))}</TickingNumber>
      {by === undefined ? (
        <button
          type="button"
          className="btn sm"
          tabIndex={-1}
          disabled={isLost || !verdict.is}
          title={verdict.is ? undefined : verdict.why}
          onClick={() => void acknowledge([alarm.id], "")}
        >
          Acknowledge
        </button>
      ) : (
        <span className="dim nw">seen by {by}</span>
      )}
    </>
  );
};
