import { useState } from "react";
import type { PresetAction } from "@bilbycast/contracts/manager-api";
import { LETTERS } from "./desk-keys.ts";
import { flowOf, inputOf } from "./monitors.tsx";
import type { DraftConflict, DraftField, PresetDraft } from "./preset-draft.ts";
import type { DeskRows } from "./use-desk.tsx";

type Given = { conflicts: readonly DraftConflict[]; by: string; rows: DeskRows; onChosen: (chosen: Partial<PresetDraft>) => void };

const FIELDS: Readonly<Record<DraftField, string>> = {
  name: "Name",
  short_label: "Label",
  color: "Mark",
  description: "Description",
  page_id: "Page",
  position: "Key",
  actions: "Inputs",
};

/** Two people, one field: theirs, mine, and what it was. Everything else is merged already. */
export const PresetMerge = ({ conflicts, by, rows, onChosen }: Given) => {
  const [theirs, setTheirs] = useState<ReadonlySet<DraftField>>(new Set());
  const text = (field: DraftField, value: unknown): string => textOf(field, value, rows);
  const choose = (field: DraftField, isTheirs: boolean): void => {
    const next = new Set(theirs);
    if (isTheirs) {
      next.add(field);
    } else {
      next.delete(field);
    }
    setTheirs(next);
  };
  return (
    <section className="panel merge" aria-label="Changed by both">
      <header>{by} and you changed the same</header>
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">{by} has</th>
            <th scope="col">You want</th>
            <th scope="col">Was</th>
          </tr>
        </thead>
        <tbody>
          {conflicts.map(({ field, mine, theirs: other, was }) => (
            <tr key={field}>
              <th scope="row">{FIELDS[field]}</th>
              {([other, mine] as const).map((value, i) => (
                <td key={i === 0 ? "theirs" : "mine"}>
                  <label className="pick-one">
                    <input
                      type="radio"
                      name={`merge-${field}`}
                      checked={theirs.has(field) === (i === 0)}
                      onChange={() => choose(field, i === 0)}
                    />
                    {text(field, value)}
                  </label>
                </td>
              ))}
              <td className="dim">{text(field, was)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="btn pri"
        onClick={() =>
          onChosen(Object.fromEntries(conflicts.map(({ field, mine, theirs: other }) => [field, theirs.has(field) ? other : mine])))
        }
      >
        Use these
      </button>
    </section>
  );
};

const textOf = (field: DraftField, value: unknown, rows: DeskRows): string => {
  if (field === "page_id") {
    return rows.pages.find(({ id }) => id === value)?.name ?? "No page";
  }
  if (field === "position") {
    return LETTERS[value as number] ?? "No key";
  }
  if (field === "actions") {
    return (value as PresetAction[]).map((action) => `${flowOf(action)}: ${inputOf(action)}`).join(", ");
  }
  return value === "" ? "(empty)" : String(value);
};
