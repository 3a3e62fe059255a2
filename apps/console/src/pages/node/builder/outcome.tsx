import { useMemo } from "react";
import { StateGlyph } from "../../../parts/glyph.tsx";
import { Icon } from "../../../parts/icon.tsx";
import { counted } from "../../../words/numbers.ts";
import type { Builder, Plan } from "./use-builder.tsx";

/** What will happen, before it does: what is made and changed, what stops for a moment, and the lines of the configuration. */
export const Outcome = ({ builder }: { builder: Builder }) => {
  const { plan, isChanged, isWhole, elsewhere } = builder;
  return (
    <aside className="builder-outcome scroll" aria-label="What will happen">
      <h2>What will happen</h2>
      {!isChanged ? (
        <p className="dim">Nothing yet.</p>
      ) : !isWhole ? (
        <p className="dim">Checked by the node when every field is right.</p>
      ) : plan.data === undefined ? (
        <p className="dim">{plan.error === null ? "Checking." : plan.error.message}</p>
      ) : (
        <Consequences plan={plan.data} />
      )}
      {elsewhere.map((finding) => (
        <div key={`${finding.path} ${finding.message}`} className="problem">
          <StateGlyph state={finding.severity === "error" ? "critical" : "warning"} size={12} />
          <span>
            {finding.message} <span className="m dim">{finding.path}</span>
          </span>
        </div>
      ))}
      <h2>Change to the node's configuration</h2>
      <ChangedJson builder={builder} />
    </aside>
  );
};

const Consequences = ({ plan }: { plan: Plan }) => {
  const of = (kind: string): number => plan.differences.filter((each) => each.kind === kind).length;
  const lines = [
    of("added") > 0 ? `Adds ${counted(of("added"), "entry", "entries")}` : undefined,
    of("changed") > 0 ? `Changes ${counted(of("changed"), "field")}` : undefined,
    of("removed") > 0 ? `Removes ${counted(of("removed"), "entry", "entries")}` : undefined,
    plan.differences.length === 0 ? "Changes nothing" : undefined,
  ].filter((line) => line !== undefined);
  return (
    <ul className="consequences">
      {lines.map((line) => (
        <li key={line}>
          <Icon name="check" />
          {line}
        </li>
      ))}
      <li>
        {plan.restarts.length === 0 ? <Icon name="check" /> : <StateGlyph state="warning" size={13} />}
        {plan.restarts.length === 0 ? "Restarts nothing" : `Stops for a moment: ${plan.restarts.join(", ")}`}
      </li>
    </ul>
  );
};

const SECRET = /^\s*"(passphrase|stream_key|secret|password|token|psk|key)"/i;

/** The parts of the draft as lines; those that the node does not have so are marked, and secrets are only said to be set. */
const ChangedJson = ({ builder }: { builder: Builder }) => {
  const { draft, before } = builder;
  const lines = useMemo(() => {
    const text = (value: unknown): string[] => JSON.stringify(value, undefined, 2).split("\n");
    const old = new Set(
      [...(before?.inputs ?? []), ...(before?.outputs ?? []), ...(before === undefined ? [] : [before.flow])].flatMap(text),
    );
    const section = (title: string, values: readonly unknown[]): { text: string; isNew: boolean }[] =>
      values.length === 0
        ? []
        : [
            { text: `"${title}": [`, isNew: false },
            ...values.flatMap((value) =>
              text(value).map((line) => ({ text: SECRET.test(line) ? line.replace(/: ".*"/, ': "set"') : line, isNew: !old.has(line) })),
            ),
            { text: "]", isNew: false },
          ];
    return [...section("inputs", draft.inputs), ...section("outputs", draft.outputs), ...section("flows", [draft.flow])];
  }, [draft, before]);
  return (
    <pre className="changed scroll" tabIndex={0} aria-label="The configuration after the change">
      {lines.map((line, i) => (
        // Lines have no name but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={i} className={line.isNew ? "a" : ""}>
          {line.text}
        </span>
      ))}
    </pre>
  );
};
