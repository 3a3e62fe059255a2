import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Alarm, NodeCard } from "@bilbycast/contracts/manager-api";
import { ask } from "../../api/browser.tsx";
import { useMay } from "../../api/me.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { useLiveRow } from "../../live/live-link.tsx";
import { TextField } from "../../parts/field.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Picture } from "../../parts/picture.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { clockText, lastedText, momentText } from "../../words/times.ts";
import { pictureUrl } from "../dashboard/fleet-cells.tsx";
import { useAlarmActs } from "./alarm-acts.tsx";
import { AlarmState } from "./condition-rows.tsx";
import { isShelvedAt } from "./conditions.ts";

/** What is known of one alarm, and what can be done about it. */
export const AlarmDetail = ({ alarm, now, onClose }: { alarm: Alarm; now: number; onClose: () => void }) => {
  const { zone } = usePrefs();
  const first = Date.parse(alarm.first_seen);
  return (
    <aside className="pane side detail" aria-label={alarm.message}>
      <header className="ph">
        <StateGlyph state={alarm.is_raised ? alarm.severity : "good"} size={14} />
        <span className="t15 el grow">{alarm.message}</span>
        <button type="button" className="btn ghost square sm" aria-label="Close" onClick={onClose}>
          <Icon name="close" size={12} />
        </button>
      </header>
      <div className="scroll grow">
        <dl className="kv">
          <dt>Where</dt>
          <dd>
            <b className="b">{alarm.node_name === "" ? "The manager" : alarm.node_name}</b>
            {[alarm.flow_id, alarm.input_id, alarm.output_id].filter((each) => each !== null).map((each) => `, ${each}`)}
          </dd>
          <dt>Since</dt>
          <dd>
            {momentText(first, now, zone)}, for {lastedText((alarm.cleared_at === null ? now : Date.parse(alarm.cleared_at)) - first)}
          </dd>
          <dt>Seen</dt>
          <dd>
            ×{alarm.count}, last {momentText(Date.parse(alarm.last_seen), now, zone)}
          </dd>
          <dt>State</dt>
          <dd>
            <AlarmState alarm={alarm} now={now} />
          </dd>
          {alarm.note === null || alarm.note === "" ? null : (
            <>
              <dt>Note</dt>
              <dd>{alarm.note}</dd>
            </>
          )}
          <dt>Code</dt>
          <dd className="m">{alarm.error_code}</dd>
        </dl>
        <FlowPicture alarm={alarm} />
        <History alarm={alarm} />
      </div>
      <AlarmActs alarm={alarm} now={now} />
    </aside>
  );
};

const FlowPicture = ({ alarm }: { alarm: Alarm }) => {
  const card = useLiveRow<NodeCard>("nodes", alarm.node_id ?? "");
  const flowId = alarm.flow_id ?? "";
  const picture = card?.pictures[flowId];
  return picture === undefined || card === undefined ? null : (
    <div style={{ padding: "0 16px 10px" }}>
      <Picture of={picture.flow_name} src={pictureUrl(card.id, flowId, picture.tag)} takenAt={Date.parse(picture.at)} />
      <div className="t12 mid">{picture.flow_name}</div>
    </div>
  );
};

const History = ({ alarm }: { alarm: Alarm }) => {
  const { zone } = usePrefs();
  const events = useQuery(ask("events", { query: { node_id: alarm.node_id ?? undefined, search: alarm.error_code, limit: 50 } }));
  const own = (events.data?.entries ?? []).filter((event) => event.alarm_id === alarm.id || event.alarm_id === null);
  return (
    <>
      <header className="ph">
        History
        <span className="grow" />
        <span className="t12 dim">{own.length} events</span>
      </header>
      <ol className="tlv">
        {own.map((event) => (
          <li key={event.id}>
            <span className="m">{clockText(Date.parse(event.at), zone)}</span>
            <i className={event.severity} />
            <span>{event.message}</span>
          </li>
        ))}
      </ol>
    </>
  );
};

const AlarmActs = ({ alarm, now }: { alarm: Alarm; now: number }) => {
  const [note, setNote] = useState("");
  const { acknowledge, shelve } = useAlarmActs();
  const canWrite = useCanWrite();
  const may = useMay()(
    "alarm.acknowledge",
    alarm.node_id === null ? undefined : { node: { nodeId: alarm.node_id, ownerGroupId: alarm.group_id, shares: [] } },
  );
  const isOff = !canWrite || !may.is;
  const isShelved = isShelvedAt(alarm, now);
  return (
    <footer>
      <TextField label={<span className="spoken">Note for the log</span>} value={note} onChange={setNote} placeholder="Note for the log" />
      <div className="row">
        <button
          type="button"
          className="btn pri grow"
          disabled={isOff || alarm.acknowledged_at !== null}
          onClick={() => void acknowledge([alarm.id], note).then(() => setNote(""))}
        >
          {alarm.acknowledged_at === null ? "Acknowledge" : "Acknowledged"}
          <kbd>A</kbd>
        </button>
        <button type="button" className="btn" disabled={isOff} onClick={() => void shelve([alarm.id], isShelved ? 0 : 120)}>
          {isShelved ? "Bring back" : "Shelve 2 h"}
          <kbd>S</kbd>
        </button>
        {alarm.node_id === null ? null : (
          <Link
            className="btn"
            to="/nodes/$nodeId/$tab"
            params={{ nodeId: alarm.node_id, tab: alarm.flow_id === null ? "overview" : "flows" }}
            search={alarm.flow_id === null ? {} : { flow: alarm.flow_id }}
          >
            {alarm.flow_id === null ? "Open node" : "Open flow"}
          </Link>
        )}
      </div>
      {may.is ? null : <p className="hint">{may.why}</p>}
    </footer>
  );
};
