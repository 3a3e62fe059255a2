import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Settings as Values } from "@bilbycast/contracts/manager-api";
import { api, ask, renew } from "../../api/browser.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { PageBar } from "../../frame/page-bar.tsx";
import { useNow } from "../../live/use-now.tsx";
import { Refused } from "../../parts/empty.tsx";
import { TextField } from "../../parts/field.tsx";
import { FormFailure } from "../../parts/form-failure.tsx";
import { StateGlyph } from "../../parts/glyph.tsx";
import { useAct } from "../../parts/mutate.tsx";
import { usePrefs } from "../../prefs/prefs.tsx";
import { lastedText, momentText } from "../../words/times.ts";
import { SETTING_FIELDS, settingProblem } from "./setting-fields.ts";
import "../people/people.css";

/** Settings of the whole installation, and its instances. */
export const Settings = () => {
  const asked = useQuery(ask("settings"));
  return (
    <>
      <PageBar title="Settings" />
      <div className="pane scroll group-work grow">
        {asked.error === null ? null : <Refused sentence={asked.error.message} />}
        {asked.data === undefined ? null : <SettingsForm key={JSON.stringify(asked.data)} values={asked.data as Values} />}
        <Instances />
      </div>
    </>
  );
};

const SettingsForm = ({ values }: { values: Values }) => {
  const canWrite = useCanWrite();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const changed = Object.entries(texts).filter(([key, text]) => text !== String(values[key as keyof Values]));
  const isWrong = SETTING_FIELDS.some(
    (field) => texts[field.key] !== undefined && settingProblem(field, texts[field.key] ?? "") !== undefined,
  );
  const save = useAct({
    act: () => api("updateSettings", { body: Object.fromEntries(changed.map(([key, text]) => [key, Number(text)])) }),
    said: () => "Saved.",
    onDone: () => void renew("settings"),
    isQuiet: true,
  });
  return (
    <div className="panel">
      <header>Installation</header>
      <div className="form">
        <div className="pair">
          {SETTING_FIELDS.map((field) => {
            const text = texts[field.key] ?? String(values[field.key]);
            return (
              <TextField
                key={field.key}
                label={field.title}
                unit={field.unit}
                hint={`${field.description} ${field.min} to ${field.max}.`}
                value={text}
                onChange={(next) => setTexts({ ...texts, [field.key]: next })}
                problem={settingProblem(field, text) ?? save.problemOf(field.key)}
                isMono
              />
            );
          })}
        </div>
        <div className="row">
          <span className="grow">
            <FormFailure failure={save.failure} />
          </span>
          <button
            type="button"
            className="btn pri"
            disabled={!canWrite || isWrong || changed.length === 0 || save.isRunning}
            onClick={() => save.run(undefined)}
          >
            Save
          </button>
        </div>
      </div>
    </div>
  );
};

/** An instance that has not said anything for so long is gone. */
const GONE_MS = 30_000;

const Instances = () => {
  const instances = useQuery({ ...ask("instances"), refetchInterval: 10_000 }).data?.instances ?? [];
  const now = useNow();
  const { zone } = usePrefs();
  return instances.length === 0 ? null : (
    <div className="panel">
      <header>Instances on this database</header>
      <table className="plain" aria-label="Instances">
        <thead>
          <tr>
            <th />
            <th scope="col">Instance</th>
            <th scope="col">Region</th>
            <th scope="col">Version</th>
            <th scope="col">Started</th>
            <th scope="col" className="r">
              Last heard
            </th>
            <th scope="col" className="r">
              Nodes
            </th>
          </tr>
        </thead>
        <tbody>
          {instances.map((each) => {
            const age = now - Date.parse(each.last_heartbeat_at);
            return (
              <tr key={each.id}>
                <td>
                  <StateGlyph state={age > GONE_MS ? "critical" : "good"} size={11} />
                </td>
                <td>
                  <b className="b">{each.id}</b> {each.is_own ? <span className="chip">this one</span> : null}
                </td>
                <td>{each.region}</td>
                <td className="m">{each.version}</td>
                <td className="m">{momentText(Date.parse(each.started_at), now, zone)}</td>
                <td className="r m">{lastedText(age)}</td>
                <td className="r m">{each.nodes}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};
