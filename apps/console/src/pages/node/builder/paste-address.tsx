import { useState } from "react";
import { readPasted, type Side } from "../../../form/url/paste.ts";
import type { JsonObject } from "../../../live/merge-patch.ts";
import { Field } from "../../../parts/field.tsx";
import { Icon } from "../../../parts/icon.tsx";
import type { Kinds } from "./use-builder.tsx";

type Given = { side: Side; kinds: Kinds["inputs"]; onRead: (kind: string, fields: JsonObject) => void };

/** An address as other programs write it fills the form. */
export const PasteAddress = ({ side, kinds, onRead }: Given) => {
  const [text, setText] = useState("");
  const [said, setSaid] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const change = (next: string): void => {
    setText(next);
    setSaid(undefined);
    setProblem(undefined);
    if (next.trim() === "") {
      return;
    }
    const reading = readPasted(next, side);
    if ("problem" in reading) {
      // Half an address is not wrong yet.
      setProblem(next.length > 12 ? reading.problem : undefined);
      return;
    }
    const own = kinds.get(reading.kind)?.fields;
    if (own === undefined) {
      setProblem(`This node has no ${reading.kind.toUpperCase()} ${side}.`);
      return;
    }
    const known = Object.entries(reading.fields).filter(([key]) => own.some((field) => field.key === key));
    const unused = [...reading.unused, ...Object.keys(reading.fields).filter((key) => !own.some((field) => field.key === key))];
    onRead(reading.kind, Object.fromEntries(known));
    setSaid(
      [`Read as ${reading.said.join(", ")}.`, ...reading.notes, ...(unused.length === 0 ? [] : [`Not used: ${unused.join(", ")}.`])].join(
        " ",
      ),
    );
  };
  return (
    <Field
      label="Paste an address, the form fills itself"
      problem={problem}
      hint={
        said === undefined ? (
          "srt://, rtp://, udp://, rist:// or rtmp://, as ffmpeg, OBS and VLC write it."
        ) : (
          <span className="row" role="status">
            <Icon name="check" />
            {said}
          </span>
        )
      }
    >
      {({ id, describedBy, isInvalid }) => (
        <span className={`inp${isInvalid ? " err" : ""}`}>
          <Icon name="link" />
          <input
            id={id}
            className="m"
            value={text}
            aria-describedby={describedBy}
            aria-invalid={isInvalid}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => change(event.currentTarget.value)}
          />
        </span>
      )}
    </Field>
  );
};
