import { useState } from "react";
import { Icon } from "../../parts/icon.tsx";
import { Segment } from "../../parts/segment.tsx";
import { isJsonObject, type Json } from "../../live/merge-patch.ts";
import { getAt, type Path } from "../edit.ts";
import type { Field, GroupField, ListField, TableField, VariantsField } from "../field.ts";
import { startOf, startOfVariant } from "../start.ts";
import type { ControlProps, FormAccess } from "./form-access.ts";

type FrameGiven = { field: Field; path: Path; access: FormAccess; children: React.ReactNode; onAdd: () => void };

/** An object in the form: it may be left out as a whole, and then it is one line. */
const Nest = ({ field, path, access, children, onAdd }: FrameGiven) => {
  const isThere = getAt(access.value, path) !== undefined;
  const problem = access.problemAt(path);
  return (
    <fieldset className={`nest${isThere ? " open" : ""}`}>
      <legend className="row">
        <b className="b">{field.title}</b>
        {isThere && field.isRequired ? null : (
          <button type="button" className="btn sm" onClick={() => (isThere ? access.set(path, undefined) : onAdd())}>
            <Icon name={isThere ? "close" : "plus"} size={12} />
            {isThere ? "Leave out" : "Add"}
            <span className="spoken"> {field.title}</span>
          </button>
        )}
      </legend>
      <div className="hint">{field.description}</div>
      {problem === undefined ? null : (
        <div className="problem" role="alert">
          {problem.message}
        </div>
      )}
      {isThere ? <div className="nest-body">{children}</div> : null}
    </fieldset>
  );
};

const Fields = ({ fields, path, access }: { fields: readonly Field[]; path: Path; access: FormAccess }) =>
  fields.map((field) => access.control(field, [...path, field.key]));

export const GroupControl = ({ field, path, access }: ControlProps<GroupField>) => (
  <Nest field={field} path={path} access={access} onAdd={() => access.set(path, startOf(field))}>
    <Fields fields={field.fields} path={path} access={access} />
  </Nest>
);

export const VariantsControl = ({ field, path, access }: ControlProps<VariantsField>) => {
  const tag = getAt(access.value, [...path, field.tag]);
  const option = field.options.find((each) => each.value === tag);
  return (
    <Nest field={field} path={path} access={access} onAdd={() => access.set(path, startOf(field))}>
      <Segment
        label={field.title}
        value={option?.value ?? ""}
        options={field.options.map((each) => ({ value: each.value, label: each.title }))}
        onChange={(value) =>
          access.set(
            path,
            startOfVariant(
              field.tag,
              field.options.find((each) => each.value === value),
            ),
          )
        }
      />
      <Fields fields={option?.fields ?? []} path={path} access={access} />
    </Nest>
  );
};

export const ListControl = ({ field, path, access }: ControlProps<ListField>) => {
  const value = getAt(access.value, path);
  const entries = Array.isArray(value) ? (value as readonly Json[]) : [];
  const isFull = field.max !== undefined && entries.length >= field.max;
  const remove = (place: number): void => {
    const rest = entries.filter((_, i) => i !== place);
    access.set(path, rest.length === 0 && !field.isRequired ? undefined : rest);
  };
  return (
    <Nest field={field} path={path} access={access} onAdd={() => access.set(path, field.min > 0 ? startOf(field) : [startOf(field.item)])}>
      {entries.map((_, i) => (
        // Entries have no name of their own: their place is all there is.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className="entry">
          {access.control({ ...field.item, title: `${field.item.title === "" ? field.title : field.item.title} ${i + 1}` }, [...path, i])}
          <button type="button" className="btn ghost square sm" aria-label={`Take out ${i + 1}`} onClick={() => remove(i)}>
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <button type="button" className="btn sm" disabled={isFull} onClick={() => access.set([...path, entries.length], startOf(field.item))}>
        <Icon name="plus" size={12} />
        Add one more
      </button>
    </Nest>
  );
};

export const TableControl = ({ field, path, access }: ControlProps<TableField>) => {
  const [name, setName] = useState("");
  const value = getAt(access.value, path);
  const entries = Object.entries(isJsonObject(value) ? value : {});
  const add = (): void => {
    access.set([...path, name], startOf(field.item));
    setName("");
  };
  return (
    <Nest field={field} path={path} access={access} onAdd={() => access.set(path, {})}>
      {entries.map(([key]) => (
        <div key={key} className="entry">
          {access.control({ ...field.item, title: key }, [...path, key])}
          <button
            type="button"
            className="btn ghost square sm"
            aria-label={`Take out ${key}`}
            onClick={() => access.set([...path, key], undefined)}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
      <span className="row">
        <span className="inp grow">
          <input
            aria-label={`New name in ${field.title}`}
            placeholder="Name or number"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </span>
        <button type="button" className="btn sm" disabled={name === "" || entries.some(([key]) => key === name)} onClick={add}>
          <Icon name="plus" size={12} />
          Add
        </button>
      </span>
    </Nest>
  );
};
