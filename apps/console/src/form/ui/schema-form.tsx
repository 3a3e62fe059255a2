import { useMemo, type ReactNode } from "react";
import type { Json } from "../../live/merge-patch.ts";
import type { Problem } from "../check.ts";
import { getAt, pathText, setAt, type Path } from "../edit.ts";
import type { Field } from "../field.ts";
import { FieldControl } from "./field-control.tsx";
import type { FormAccess } from "./form-access.ts";
import "./schema-form.css";

type Given = {
  fields: readonly Field[];
  value: Json | undefined;
  drafts: ReadonlyMap<string, string>;
  problems: readonly Problem[];
  onChange: (value: Json | undefined) => void;
  onDrafts: (drafts: ReadonlyMap<string, string>) => void;
  /** The document as it was: what is secret in it is stored. */
  stored?: Json | undefined;
  /** Shows the fields that most people need, and those that say something. */
  isBasic: boolean;
  path?: Path;
};

/** A form drawn from a schema. The JSON is the truth: every control reads a place of it and writes there. */
export const SchemaForm = ({ fields, value, drafts, problems, onChange, onDrafts, stored, isBasic, path = [] }: Given): ReactNode => {
  const byPath = useMemo(() => {
    const map = new Map<string, Problem>();
    problems.forEach((problem) => {
      const key = pathText(problem.path);
      if (!map.has(key)) {
        map.set(key, problem);
      }
    });
    return map;
  }, [problems]);
  const access: FormAccess = {
    value,
    drafts,
    problemAt: (at) => byPath.get(pathText(at)),
    set: (at, next) => {
      onChange(setAt(value, at, next));
      if (drafts.has(pathText(at))) {
        onDrafts(new Map([...drafts].filter(([key]) => key !== pathText(at))));
      }
    },
    setDraft: (at, text) => {
      const next = new Map(drafts);
      if (text === undefined) {
        next.delete(pathText(at));
      } else {
        next.set(pathText(at), text);
      }
      onDrafts(next);
    },
    isStored: (at) => getAt(stored, at) !== undefined,
    control: (field, at) => <FieldControl key={field.key} field={field} path={at} access={access} />,
  };
  return (
    <div className="schema-form">
      {fields
        .filter((field) => !isBasic || isShownInBasic(field, value, path, byPath))
        .map((field) => (
          <FieldControl key={field.key} field={field} path={[...path, field.key]} access={access} />
        ))}
    </div>
  );
};

/** A field that says something, or about which something is wrong, is never hidden. */
const isShownInBasic = (field: Field, value: Json | undefined, path: Path, problems: ReadonlyMap<string, Problem>): boolean => {
  const at = [...path, field.key];
  const text = pathText(at);
  return (
    field.isBasic ||
    getAt(value, at) !== undefined ||
    [...problems.keys()].some((key) => key === text || key.startsWith(`${text}.`) || key.startsWith(`${text}[`))
  );
};
