import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../../api/browser.tsx";
import { isSecretName, jsonWithoutSecrets } from "../../../form/secret-name.ts";
import { useNow } from "../../../live/use-now.tsx";
import { counted } from "../../../words/numbers.ts";
import { lastedText } from "../../../words/times.ts";
import { isComplete, stepsOf, type Choices, type Side } from "./merge.ts";
import type { Plan } from "./use-builder.tsx";

type Conflict = Plan["conflicts"][number];
type Given = { nodeId: string; plan: Plan; openedAt: number; isRunning: boolean; onChosen: (choices: Choices) => void };

/** Somebody changed the same fields meanwhile: for each of them, what the node has or what one wants. */
export const FieldMerge = ({ nodeId, plan, openedAt, isRunning, onChosen }: Given) => {
  const { conflicts } = plan;
  const [choices, setChoices] = useState<Choices>(new Map());
  const left = conflicts.filter(({ path }) => !choices.has(path)).length;
  const set = (path: string, side: Side): void => setChoices(new Map([...choices, [path, side]]));
  const setAll = (side: Side): void => setChoices(new Map(conflicts.map(({ path }) => [path, side])));
  const paths = new Set(conflicts.map(({ path }) => path));
  const mineAlone = plan.differences.filter(({ path }) => ![...paths].some((each) => each === path || path.startsWith(`${each}/`)));
  return (
    <section className="panel field-merge" aria-label="Fields that two changed">
      <header role="alert">
        <Who nodeId={nodeId} openedAt={openedAt} />
      </header>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Node has</th>
            <th scope="col">You want</th>
            <th scope="col">Was</th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map((conflict) => (
            <ConflictRow key={conflict.path} conflict={conflict} chosen={choices.get(conflict.path)} onChoose={set} />
          ))}
          {mineAlone.slice(0, MOST_OTHERS).map(({ path, after }) => (
            <tr key={path}>
              <th scope="row">
                <Path path={path} />
              </th>
              <td className="dim">same</td>
              <td>
                <span className="chip pend">{after === undefined ? "taken out" : isSecretName(path) ? "new" : shown(after)}</span>
              </td>
              <td className="dim">only you</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="row field-merge-foot">
        <span className="m dim grow">config_conflict</span>
        <button type="button" className="btn sm" onClick={() => setAll("theirs")}>
          All of the node
        </button>
        <button type="button" className="btn sm" onClick={() => setAll("mine")}>
          All of mine
        </button>
        <button type="button" className="btn pri" disabled={!isComplete(conflicts, choices) || isRunning} onClick={() => onChosen(choices)}>
          {left > 0 ? `${counted(left, "field")} to choose` : "Go on with this"}
        </button>
      </div>
    </section>
  );
};

/** Of fields that nobody else touched, so many are named. */
const MOST_OTHERS = 12;

const shown = (value: unknown): string => {
  if (value === undefined) {
    return "taken out";
  }
  const text = typeof value === "string" ? value : jsonWithoutSecrets(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const Who = ({ nodeId, openedAt }: { nodeId: string; openedAt: number }) => {
  const now = useNow();
  const last = useQuery(ask("changes", { params: { node_id: nodeId } })).data?.changes[0];
  // What is older than this edit is not what is in its way: that was done at the node itself.
  return last === undefined || Date.parse(last.at) < openedAt ? (
    <>The node was changed since this was opened</>
  ) : (
    <>
      {last.by} changed this {lastedText(now - Date.parse(last.at))} ago
    </>
  );
};

/** The field by its own name, and of what it is. */
const Path = ({ path }: { path: string }) => {
  const steps = stepsOf(path);
  return (
    <span className="col" title={path}>
      <b className="m">{steps.at(-1)}</b>
      <small className="dim">{steps.slice(0, -1).join(" · ")}</small>
    </span>
  );
};

type RowGiven = { conflict: Conflict; chosen: Side | undefined; onChoose: (path: string, side: Side) => void };

const ConflictRow = ({ conflict, chosen, onChoose }: RowGiven) => {
  const { path } = conflict;
  const text = { theirs: isSecretName(path) ? "changed" : shown(conflict.theirs), mine: isSecretName(path) ? "new" : shown(conflict.mine) };
  return (
    <tr>
      <th scope="row">
        <Path path={path} />
      </th>
      {(["theirs", "mine"] as const).map((side) => (
        <td key={side}>
          <label className={`chip choice ${chosen === side ? (side === "theirs" ? "comm" : "pend") : "o"}`}>
            <input
              type="radio"
              name={path}
              aria-label={`${stepsOf(path).at(-1) ?? ""}: ${side === "theirs" ? "the node has" : "you want"} ${text[side]}`}
              checked={chosen === side}
              onChange={() => onChoose(path, side)}
            />
            {text[side]}
          </label>
        </td>
      ))}
      <td className="m dim">{conflict.base === undefined ? "–" : isSecretName(path) ? "set" : shown(conflict.base)}</td>
    </tr>
  );
};
