import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Alarm, NodeCard } from "@bilbycast/contracts/manager-api";
import { useMay } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { useOpenAlarms } from "../../frame/use-alarm-counts.tsx";
import { heardAt, useLiveRow } from "../../live/live-link.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Empty } from "../../parts/empty.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { lastedText } from "../../words/times.ts";
import { useAlarmActs } from "../events/alarm-acts.tsx";
import { byWorst, isFlapping } from "../events/conditions.ts";
import { AskedPicture } from "./asked-picture.tsx";

type Given = { current: string | undefined; onOpen: (id: string) => void };

/** What stands, the worst first; one of them in full, with what can be done about it. */
export const OnCallAlarms = ({ current, onOpen }: Given) => {
  const open = byWorst(useOpenAlarms());
  // A press closes what is open; at first the worst is.
  const shown = current === "none" ? undefined : (open.find(({ id }) => id === current) ?? open[0]);
  return (
    <>
      <PageBar title="Alarms" />
      <ul className="oc-list scroll grow" aria-label="Alarms" aria-busy={heardAt("alarms") === undefined}>
        {open.map((alarm) => (
          <AlarmItem key={alarm.id} alarm={alarm} isOpen={alarm === shown} onToggle={() => onOpen(alarm === shown ? "none" : alarm.id)} />
        ))}
      </ul>
      {open.length > 0 || heardAt("alarms") === undefined ? null : (
        <Empty title="No alarm stands">A condition appears here while it lasts, once, however often it is told.</Empty>
      )}
    </>
  );
};

const AlarmItem = ({ alarm, isOpen, onToggle }: { alarm: Alarm; isOpen: boolean; onToggle: () => void }) => {
  const now = useNow();
  return (
    <li className={`${alarm.severity}${isOpen ? " open" : ""}`}>
      <button type="button" className="oc-row" aria-expanded={isOpen} onClick={onToggle}>
        <StateGlyph state={alarm.severity} size={17} />
        <b>{alarm.message}</b>
        <span className="m">{lastedText(now - Date.parse(alarm.first_seen))}</span>
        <small>
          {alarm.node_name === "" ? "The manager" : alarm.node_name}
          {isFlapping(alarm) ? `, flapping ×${alarm.count}` : ""}
          {alarm.acknowledged_by === null ? "" : `. Acknowledged by ${alarm.acknowledged_by}.`}
        </small>
      </button>
      {isOpen ? <AlarmBody alarm={alarm} /> : null}
    </li>
  );
};

const AlarmBody = ({ alarm }: { alarm: Alarm }) => {
  const card = useLiveRow<NodeCard>("nodes", alarm.node_id ?? "");
  const { acknowledge, shelve } = useAlarmActs();
  const [isRunning, setRunning] = useState(false);
  const canWrite = useCanWrite();
  const may = useMay()(
    "alarm.acknowledge",
    alarm.node_id === null ? undefined : { node: { nodeId: alarm.node_id, ownerGroupId: alarm.group_id, shares: [] } },
  );
  const isOff = !canWrite || !may.is || isRunning;
  const run = (act: Promise<void>): void => {
    setRunning(true);
    void act.finally(() => setRunning(false));
  };
  const place = [alarm.flow_id, alarm.input_id, alarm.output_id].filter((each) => each !== null);
  return (
    <div className="oc-body">
      <div className="mid">
        {place.length === 0 ? null : <div>{place.join(", ")}</div>}
        <div className="m dim">{alarm.error_code}</div>
        {alarm.note === null || alarm.note === "" ? null : <div>{alarm.note}</div>}
      </div>
      {card === undefined || alarm.flow_id === null ? null : <AskedPicture card={card} flowId={alarm.flow_id} />}
      <div className="oc-acts">
        <button
          type="button"
          className="btn pri"
          disabled={isOff || alarm.acknowledged_at !== null}
          onClick={() => run(acknowledge([alarm.id], ""))}
        >
          {alarm.acknowledged_at === null ? "Acknowledge" : "Acknowledged"}
        </button>
        <button type="button" className="btn" disabled={isOff} onClick={() => run(shelve([alarm.id], 120))}>
          Shelve 2 h
        </button>
        {alarm.node_id === null ? null : (
          <Link className="btn" to="/nodes/$nodeId/$tab" params={{ nodeId: alarm.node_id, tab: "overview" }} search={{}}>
            Open node
          </Link>
        )}
      </div>
      {may.is ? null : <p className="hint">{may.why}</p>}
    </div>
  );
};
