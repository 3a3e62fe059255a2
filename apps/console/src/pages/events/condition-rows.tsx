import { Fragment } from "react";
import type { Alarm } from "@bilbycast/contracts/manager-api";
import { ConditionBar } from "../../parts/condition-bar.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { lastedText, momentText } from "../../words/times.ts";
import { isFlapping, isShelvedAt, type Section } from "./conditions.ts";

type Given = {
  sections: readonly Section[];
  now: number;
  current: string | undefined;
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  onOpen: (id: string) => void;
};

/** Conditions by severity: what, where, how often, since when, and whether somebody knows. */
export const ConditionRows = ({ sections, now, current, selected, onSelect, onOpen }: Given) => (
  <div className="table scroll conditions">
    <table aria-label="Conditions">
      <thead>
        <tr>
          <th className="tickcell" />
          <th />
          <th scope="col">Condition</th>
          <th scope="col">Node</th>
          <th scope="col" className="r">
            Seen
          </th>
          <th scope="col" className="minor">
            Last hour
          </th>
          <th scope="col" className="r">
            Since
          </th>
          <th scope="col" className="r">
            For
          </th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {sections.map((section) => (
          <Fragment key={section.title}>
            <tr className="group">
              <td colSpan={9}>
                {section.title}, {section.alarms.length}
              </td>
            </tr>
            {section.alarms.map((alarm) => (
              <ConditionRow
                key={alarm.id}
                alarm={alarm}
                now={now}
                isCurrent={alarm.id === current}
                isSelected={selected.has(alarm.id)}
                onSelect={(isOn) => onSelect(new Set(isOn ? [...selected, alarm.id] : [...selected].filter((id) => id !== alarm.id)))}
                onOpen={() => onOpen(alarm.id)}
              />
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  </div>
);

type RowGiven = {
  alarm: Alarm;
  now: number;
  isCurrent: boolean;
  isSelected: boolean;
  onSelect: (isOn: boolean) => void;
  onOpen: () => void;
};

const ConditionRow = ({ alarm, now, isCurrent, isSelected, onSelect, onOpen }: RowGiven) => {
  const { zone } = usePrefs();
  const first = Date.parse(alarm.first_seen);
  const cleared = alarm.cleared_at === null ? undefined : Date.parse(alarm.cleared_at);
  const isShelved = isShelvedAt(alarm, now);
  const tone = !alarm.is_raised ? "faint" : `${alarm.severity === "critical" ? "crit-edge" : "wrn"}${isShelved ? " faint" : ""}`;
  return (
    <tr
      className={`opens ${tone}${isCurrent ? " sel" : ""}`}
      data-id={alarm.id}
      tabIndex={0}
      aria-selected={isCurrent}
      onClick={(event) => (event.target as HTMLElement).closest("label, a, button") === null && onOpen()}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) {
          onOpen();
        }
      }}
    >
      <td className="tickcell">
        <label className="tick">
          <input
            type="checkbox"
            aria-label={`Select ${alarm.message}`}
            checked={isSelected}
            onChange={(event) => onSelect(event.currentTarget.checked)}
          />
        </label>
      </td>
      <td>
        <StateGlyph state={alarm.is_raised ? alarm.severity : "good"} size={14} />
      </td>
      <td className="nm what">
        <b className="el">{alarm.message}</b>
        <small>
          {alarm.error_code}
          {isFlapping(alarm) ? " · flapping" : ""}
          {placeOf(alarm)}
        </small>
      </td>
      <td className="b">{alarm.node_name === "" ? "Manager" : alarm.node_name}</td>
      <td className="r m">×{alarm.count}</td>
      <td className="minor">
        <ConditionBar
          firstAt={first}
          lastAt={Date.parse(alarm.last_seen)}
          clearedAt={cleared}
          count={alarm.count}
          tone={alarm.is_raised ? alarm.severity : "cleared"}
          now={now}
        />
      </td>
      <td className="r m">{momentText(first, now, zone)}</td>
      <td className="r m">{lastedText((cleared ?? now) - first)}</td>
      <td>
        <AlarmState alarm={alarm} now={now} />
      </td>
    </tr>
  );
};

const placeOf = (alarm: Alarm): string => {
  const parts = [alarm.flow_id, alarm.input_id, alarm.output_id].filter((each) => each !== null);
  return parts.length === 0 ? "" : ` · ${parts.join(", ")}`;
};

export const AlarmState = ({ alarm, now }: { alarm: Alarm; now: number }) => {
  const { zone } = usePrefs();
  if (!alarm.is_raised && alarm.cleared_at !== null) {
    return <span className="dim">Cleared {momentText(Date.parse(alarm.cleared_at), now, zone)}</span>;
  }
  if (isShelvedAt(alarm, now) && alarm.shelved_until !== null) {
    return <span className="chip o dash">Shelved until {momentText(Date.parse(alarm.shelved_until), now, zone).slice(0, -3)}</span>;
  }
  return alarm.acknowledged_by === null ? (
    <span className="chip o">Not acknowledged</span>
  ) : (
    <span className="chip">Ack. {alarm.acknowledged_by}</span>
  );
};
