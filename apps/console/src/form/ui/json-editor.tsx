import { useEffect, useRef, useState } from "react";
import { isJsonObject, type Json } from "../../live/merge-patch.ts";
import { Field } from "../../parts/field.tsx";

/** The JSON of a form, to be written by hand. What is no object changes nothing; the form follows every one that is. */
export const JsonEditor = ({ label, value, onChange }: { label: string; value: Json | undefined; onChange: (value: Json) => void }) => {
  const [text, setText] = useState(() => pretty(value));
  const [problem, setProblem] = useState<string>();
  const own = useRef(value);
  useEffect(() => {
    // A change that comes from elsewhere is shown; one's own is on the screen already, as it was typed.
    if (value !== own.current) {
      own.current = value;
      setText(pretty(value));
      setProblem(undefined);
    }
  }, [value]);
  const change = (next: string): void => {
    setText(next);
    try {
      const parsed = JSON.parse(next) as Json;
      if (isJsonObject(parsed)) {
        own.current = parsed;
        setProblem(undefined);
        onChange(parsed);
      } else {
        setProblem("It must be an object: { … }.");
      }
    } catch (error) {
      setProblem(placeOf(next, error instanceof Error ? error.message : ""));
    }
  };
  return (
    <Field label={label} problem={problem} hint="The form follows what is written here, and this follows the form.">
      {({ id, describedBy, isInvalid }) => (
        <textarea
          id={id}
          className="json-edit scroll"
          rows={Math.min(30, text.split("\n").length + 1)}
          value={text}
          spellCheck={false}
          aria-invalid={isInvalid}
          aria-describedby={describedBy}
          onChange={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
};

const pretty = (value: Json | undefined): string => JSON.stringify(value ?? {}, undefined, 2);

/** Browsers say where in numbers of characters: people count lines. */
const placeOf = (text: string, message: string): string => {
  const at = /position (\d+)/.exec(message)?.[1];
  return at === undefined
    ? `This is not JSON: ${message}.`
    : `This is not JSON: look at line ${text.slice(0, Number(at)).split("\n").length}.`;
};
