import { StateGlyph } from "../../../parts/glyph.tsx";
import { Icon } from "../../../parts/icon.tsx";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { freshId, kindOf, nameOf } from "./draft.ts";
import { stepKey, takenIds, type Builder, type Step } from "./use-builder.tsx";

type Given = { builder: Builder; step: Step; onStep: (step: Step) => void };

/** The flow and its parts, each with whether it is right. */
export const Steps = ({ builder, step, onStep }: Given) => {
  const add = (side: "inputs" | "outputs"): void => {
    const name = `${nameOf(builder.draft.flow) || "New"} ${side === "inputs" ? "in" : "out"} ${builder.draft[side].length + 1}`;
    const part: JsonObject = { id: freshId(name, takenIds(builder, side)), name, type: "" };
    builder.setDraft({ ...builder.draft, [side]: [...builder.draft[side], part] });
    onStep({ at: side, index: builder.draft[side].length });
  };
  return (
    <nav className="builder-steps scroll" aria-label="Parts of the flow">
      <StepButton builder={builder} step={{ at: "flow" }} current={step} onStep={onStep} word="Flow" />
      {(["inputs", "outputs"] as const).map((side) => (
        <section key={side} aria-label={side === "inputs" ? "Inputs" : "Outputs"}>
          <h3 className="row">
            <span className="grow">{side === "inputs" ? "Inputs" : "Outputs"}</span>
            <button
              type="button"
              className="btn ghost square sm"
              aria-label={side === "inputs" ? "Add input" : "Add output"}
              onClick={() => add(side)}
            >
              <Icon name="plus" size={12} />
            </button>
          </h3>
          {builder.draft[side].map((part, index) => (
            <StepButton
              key={`${side} ${index}`}
              builder={builder}
              step={{ at: side, index }}
              current={step}
              onStep={onStep}
              word={nameOf(part) || "Unnamed"}
              about={kindOf(part).replaceAll("_", " ").toUpperCase()}
            />
          ))}
          {builder.draft[side].length === 0 ? (
            <button type="button" className="btn sm" onClick={() => add(side)}>
              <Icon name="plus" size={12} />
              {side === "inputs" ? "Add input" : "Add output"}
            </button>
          ) : null}
        </section>
      ))}
    </nav>
  );
};

type ButtonGiven = { builder: Builder; step: Step; current: Step; onStep: (step: Step) => void; word: string; about?: string };

const StepButton = ({ builder, step, current, onStep, word, about }: ButtonGiven) => {
  const isWrong = builder.isChanged && builder.problemsAt(step).length + builder.texts(step).size > 0;
  return (
    <button
      type="button"
      className="step"
      aria-current={stepKey(step) === stepKey(current) ? "step" : undefined}
      onClick={() => onStep(step)}
    >
      {isWrong ? <StateGlyph state="critical" size={13} /> : <Icon name="check" size={13} />}
      <span className="col grow">
        <span className="el">{word}</span>
        {about === undefined || about === "" ? null : <small className="dim t11">{about}</small>}
      </span>
    </button>
  );
};
