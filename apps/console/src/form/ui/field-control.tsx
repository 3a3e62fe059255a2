import { useId } from "react";
import { Segment } from "../../parts/segment.tsx";
import { Field as FieldFrame, SecretField, SelectField, TextField } from "../../parts/field.tsx";
import type { Json } from "../../live/merge-patch.ts";
import { rangeOf } from "../check.ts";
import { getAt, pathText } from "../edit.ts";
import type { ChoiceField, Field, NumberField, SwitchField as Switch, TextField as Text } from "../field.ts";
import { placeholderOf, shownOf, typedOf } from "../text.ts";
import { GroupControl, ListControl, TableControl, VariantsControl } from "./nested-controls.tsx";
import type { ControlProps } from "./form-access.ts";

/** The control that fits a field. */
export const FieldControl = ({ field, path, access }: ControlProps<Field>) => {
  switch (field.kind) {
    case "text":
    case "number":
    case "json":
      return <LineControl field={field} path={path} access={access} />;
    case "choice":
      return <ChoiceControl field={field} path={path} access={access} />;
    case "switch":
      return <SwitchControl field={field} path={path} access={access} />;
    case "group":
      return <GroupControl field={field} path={path} access={access} />;
    case "variants":
      return <VariantsControl field={field} path={path} access={access} />;
    case "list":
      return <ListControl field={field} path={path} access={access} />;
    case "table":
      return <TableControl field={field} path={path} access={access} />;
  }
};

/** What stands below a control while nothing is wrong with it. */
const hintOf = (field: Text | NumberField | (Field & { kind: "json" })): string => {
  const range = field.kind === "number" ? rangeOf(field) : "";
  return [field.description, range === "" ? "" : `${range.slice(0, 1).toUpperCase()}${range.slice(1)}.`]
    .filter((each) => each !== "")
    .join(" ");
};

const LineControl = ({ field, path, access }: ControlProps<Text | NumberField | (Field & { kind: "json" })>) => {
  const value = getAt(access.value, path);
  const draft = access.drafts.get(pathText(path));
  const text = draft ?? shownOf(field, value);
  const typed = draft === undefined ? undefined : typedOf(field, draft);
  const problem = typed !== undefined && "problem" in typed ? typed.problem : access.problemAt(path)?.message;
  const change = (next: string): void => {
    const read = typedOf(field, next);
    if ("problem" in read) {
      access.setDraft(path, next);
    } else {
      access.set(path, read.value);
    }
  };
  const shared = {
    label: <Label field={field} />,
    value: text,
    onChange: change,
    placeholder: placeholderOf(field),
    hint: hintOf(field),
    problem,
    code: access.problemAt(path)?.code,
    isMono: field.kind !== "text" || field.format !== undefined,
    unit: field.kind === "number" ? field.unit : undefined,
  };
  return field.kind === "text" && field.isSecret ? <SecretField {...shared} isSet={access.isStored(path)} /> : <TextField {...shared} />;
};

export const Label = ({ field }: { field: Field }) => (
  <span>
    {field.title}
    {field.isRequired ? null : <span className="spoken"> optional</span>}
  </span>
);

/** So many stand side by side; more are a list that opens. */
const SIDE_BY_SIDE = 3;

const ChoiceControl = ({ field, path, access }: ControlProps<ChoiceField>) => {
  const value = getAt(access.value, path);
  const shown = shownOf(field, value);
  const unit = field.unit === undefined ? "" : ` ${field.unit}`;
  const options = field.options.map((option) => ({ value: shownOf(field, option.value), label: `${option.label}${unit}` }));
  const choose = (text: string): void => {
    const typed = typedOf(field, text);
    access.set(path, "value" in typed ? typed.value : undefined);
  };
  const problem = access.problemAt(path)?.message;
  if (options.length <= SIDE_BY_SIDE && field.isRequired) {
    return (
      <FieldFrame label={<Label field={field} />} hint={field.description} problem={problem}>
        {() => <Segment label={field.title} value={shown} options={options} onChange={choose} />}
      </FieldFrame>
    );
  }
  const absent = {
    value: "",
    label: field.fallback === undefined ? (field.isRequired ? "Choose one" : "Not set") : `${placeholderOf(field)}${unit}, by default`,
  };
  return (
    <SelectField
      label={<Label field={field} />}
      hint={field.description}
      problem={problem}
      value={shown}
      options={[absent, ...options]}
      onChange={choose}
    />
  );
};

/** On, off, or not said: then the default holds, and is said. */
const SwitchControl = ({ field, path, access }: ControlProps<Switch>) => {
  const id = useId();
  const value = getAt(access.value, path);
  const isOn = value ?? field.fallback ?? false;
  return (
    <div className="field">
      <label className="tick" htmlFor={id}>
        <input
          id={id}
          className="switch"
          type="checkbox"
          role="switch"
          checked={isOn === true}
          onChange={(event) => access.set(path, nextSwitch(field, event.currentTarget.checked))}
        />
        {field.title}
        {value === undefined && field.fallback !== undefined ? <span className="dim t12">by default</span> : null}
      </label>
      <div className="hint">{access.problemAt(path)?.message ?? field.description}</div>
    </div>
  );
};

/** What is the default need not be written down. */
const nextSwitch = (field: Switch, isOn: boolean): Json | undefined => (isOn === field.fallback ? undefined : isOn);
