import { JsonEditor } from "../../../form/ui/json-editor.tsx";
import { SchemaForm } from "../../../form/ui/schema-form.tsx";
import type { Field } from "../../../form/field.ts";
import { startOfFields } from "../../../form/start.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../live/merge-patch.ts";
import { SelectField } from "../../../parts/field.tsx";
import { Icon } from "../../../parts/icon.tsx";
import { freshId, idOf, kindOf, nameOf, partsOf } from "./draft.ts";
import { PasteAddress } from "./paste-address.tsx";
import { takenIds, type Builder, type Kinds, type Step } from "./use-builder.tsx";

export type Depth = "basic" | "all" | "json";
type Given = { builder: Builder; kinds: Kinds; step: Step; onStep: (step: Step) => void; depth: Depth };

/** The form of one step. */
export const StepForm = (given: Given) => {
  const { builder, kinds, step, depth } = given;
  if (step.at !== "flow") {
    return <PartForm key={`${step.at} ${step.index}`} {...given} step={step} />;
  }
  const { flow } = builder.draft;
  const change = (next: Json | undefined): void => {
    if (isJsonObject(next)) {
      builder.setDraft({ ...builder.draft, flow: named(next, flow, builder, "flows") });
    }
  };
  return depth === "json" ? (
    <JsonEditor label="The flow as JSON" value={flow} onChange={change} />
  ) : (
    <SchemaForm
      fields={orderedBy(kinds.flow, depth)}
      value={flow}
      stored={builder.before?.flow}
      drafts={builder.texts(step)}
      problems={builder.isChanged ? builder.problemsAt(step) : []}
      onChange={change}
      onDrafts={(drafts) => builder.setTexts(step, drafts)}
      isBasic={depth === "basic"}
    />
  );
};

/** People name things; ids follow the name until somebody writes one. */
const named = (next: JsonObject, before: JsonObject, builder: Builder, side: "inputs" | "outputs" | "flows"): JsonObject => {
  const others = takenIds(builder, side).filter((id) => id !== idOf(before));
  const follows = idOf(before) === "" || (idOf(before) === freshId(nameOf(before), others) && idOf(next) === idOf(before));
  const isOld = side === "flows" ? builder.before !== undefined : partsOf(builder.config, side).some((part) => idOf(part) === idOf(before));
  return follows && !isOld && typeof next["name"] === "string" ? { ...next, id: freshId(next["name"], others) } : next;
};

/** The name first: it is what people know a thing by. */
const orderedBy = (fields: readonly Field[], depth: Depth): Field[] => {
  const name = fields.filter(({ key }) => key === "name");
  const rest = fields.filter(({ key }) => key !== "name" && (key !== "id" || depth === "all"));
  return [...name, ...rest];
};

const PartForm = ({ builder, kinds, step, onStep, depth }: Given & { step: Step & { at: "inputs" | "outputs" } }) => {
  const { at: side, index } = step;
  const part = builder.draft[side][index];
  const own = kinds[side];
  if (part === undefined) {
    return <p className="dim">Choose a part of the flow.</p>;
  }
  const replace = (next: JsonObject | undefined): void =>
    builder.setDraft({ ...builder.draft, [side]: builder.draft[side].flatMap((each, i) => (i === index ? (next ?? []) : [each])) });
  const change = (next: Json | undefined): void => {
    if (isJsonObject(next)) {
      replace(named(next, part, builder, side));
    }
  };
  const choose = (kind: string): void => replace(ofKind(part, kind, own));
  const fields = own.get(kindOf(part))?.fields ?? [];
  return (
    <div className="col builder-part">
      <PasteAddress
        side={side === "inputs" ? "input" : "output"}
        kinds={own}
        onRead={(kind, values) => replace({ ...ofKind(part, kind, own), ...values })}
      />
      <KindChoice own={own} kind={kindOf(part)} onChoose={choose} />
      <Reuse builder={builder} side={side} index={index} onUse={replace} />
      {depth === "json" ? (
        <JsonEditor label="This part as JSON" value={part} onChange={change} />
      ) : (
        <SchemaForm
          fields={orderedBy(fields, depth)}
          value={part}
          stored={partsOf(builder.config, side).find((each) => idOf(each) === idOf(part))}
          drafts={builder.texts(step)}
          problems={builder.problemsAt(step)}
          onChange={change}
          onDrafts={(drafts) => builder.setTexts(step, drafts)}
          isBasic={depth === "basic"}
        />
      )}
      <div>
        <button
          type="button"
          className="btn sm"
          onClick={() => {
            replace(undefined);
            onStep({ at: "flow" });
          }}
        >
          <Icon name="close" size={12} />
          Take out of this flow
        </button>
      </div>
    </div>
  );
};

/** Another kind has other fields; what both have is kept. */
const ofKind = (part: JsonObject, kind: string, own: Kinds["inputs"]): JsonObject => {
  const fields = own.get(kind)?.fields ?? [];
  const kept = Object.entries(part).filter(([key]) => fields.some((field) => field.key === key));
  return {
    type: kind,
    ...Object.fromEntries(kept),
    ...(kindOf(part) === kind ? {} : startOfFields(fields.filter(({ key }) => part[key] === undefined))),
  };
};

const KindChoice = ({ own, kind, onChoose }: { own: Kinds["inputs"]; kind: string; onChoose: (kind: string) => void }) => (
  <div className="field">
    <span className="label" id="kind-label">
      Type
    </span>
    <div className="kinds" role="radiogroup" aria-labelledby="kind-label">
      {[...own].map(([each, { title }]) => (
        <button key={each} type="button" role="radio" aria-checked={each === kind} title={title} onClick={() => onChoose(each)}>
          {each.replaceAll("_", " ").toUpperCase()}
        </button>
      ))}
    </div>
    <div className="hint">{own.get(kind)?.title ?? "Choose one, or paste an address above."}</div>
  </div>
);

/** Parts that the node has already, on no flow of the draft. */
const Reuse = ({
  builder,
  side,
  index,
  onUse,
}: {
  builder: Builder;
  side: "inputs" | "outputs";
  index: number;
  onUse: (part: JsonObject) => void;
}) => {
  const used = new Set(builder.draft[side].map(idOf));
  const others = partsOf(builder.config, side).filter((part) => !used.has(idOf(part)));
  const isNew = !partsOf(builder.config, side).some((part) => idOf(part) === idOf(builder.draft[side][index] ?? {}));
  return others.length === 0 || !isNew ? null : (
    <SelectField
      label="Or one that the node has"
      value=""
      options={[
        { value: "", label: "None: a new one" },
        ...others.map((part) => ({ value: idOf(part), label: `${nameOf(part)} (${kindOf(part)})` })),
      ]}
      onChange={(id) => {
        const part = others.find((each) => idOf(each) === id);
        if (part !== undefined) {
          onUse(part);
        }
      }}
    />
  );
};
