import { Menu } from "@base-ui/react/menu";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/browser.tsx";
import { useMayOn } from "../../api/me.tsx";
import { useKeys } from "../../frame/keys.tsx";
import { useCanWrite } from "../../frame/link-banner.tsx";
import { Confirm, type Impact } from "../../parts/confirm.tsx";
import { Icon } from "../../parts/icon.tsx";
import { counted } from "../../words/numbers.ts";
import { actionOf, useFlowActs, type Verb } from "./flow-acts.tsx";
import { inputsOf, troubleOf, type FlowEntry } from "./flow-list.ts";

type Given = { entries: readonly FlowEntry[]; onClear: () => void };

/** What is done to the flows that are selected, each time with their count and names before it is done. */
export const Bulk = ({ entries, onClear }: Given) => {
  const [verb, setVerb] = useState<Verb>();
  const { run, progress } = useFlowActs();
  const why = useWhyNot(entries);
  const isOff = why !== undefined || progress !== undefined || entries.length === 0;
  const running = entries.filter(({ row }) => row.state !== "stopped");
  const stopped = entries.filter(({ row }) => row.state === "stopped");
  const choose = (next: Verb, count: number) => () => {
    if (!isOff && count > 0) {
      setVerb(next);
    }
  };
  const acts = [
    { is: "start", word: "Start", keys: "s", flows: stopped },
    { is: "stop", word: "Stop", keys: "p", flows: running },
    { is: "restart", word: "Restart", keys: "r", flows: running },
  ] as const;
  useKeys([
    ...acts.map(({ is, word, keys, flows }) => ({ keys, does: `${word} the selected flows`, act: choose({ is }, flows.length) })),
    { keys: "Escape", does: "Clear the selection", act: onClear },
  ]);
  if (entries.length === 0) {
    return null;
  }
  return (
    <div className="bulk" role="toolbar" aria-label="Selected flows">
      <b className="b">{counted(entries.length, "flow")} selected</b>
      {acts.map(({ is, word, flows }) => (
        <button
          key={is}
          type="button"
          className="btn sm"
          title={why}
          disabled={isOff || flows.length === 0}
          onClick={choose({ is }, flows.length)}
        >
          <Icon name={is} size={12} />
          {word} {flows.length === entries.length ? "" : flows.length}
        </button>
      ))}
      <SwitchMenu entries={entries} isOff={isOff} onChoose={(input) => setVerb({ is: "switch", input })} />
      <button type="button" className="btn sm ghost" onClick={onClear}>
        Clear selection
      </button>
      <span className="grow" />
      <span className="t12 mid" role="status">
        {progress === undefined ? why : `${progress.done} of ${progress.of} done`}
      </span>
      {verb === undefined ? null : (
        <Ask
          verb={verb}
          entries={verb.is === "start" ? stopped : verb.is === "switch" ? switchable(entries, verb) : running}
          onClose={() => setVerb(undefined)}
          onAct={(those) => void run(those, verb)}
        />
      )}
    </div>
  );
};

/** Those that have an input of that name and are not on it. */
const switchable = (entries: readonly FlowEntry[], verb: Verb): FlowEntry[] =>
  entries.filter((entry) => {
    const action = actionOf(entry, verb);
    return action !== undefined && action.input_id !== entry.row.input_id;
  });

/** Nodes on which the person may not do it; it is said by name. */
const useWhyNot = (entries: readonly FlowEntry[]): string | undefined => {
  const may = useMayOn();
  const canWrite = useCanWrite();
  const nodes = useQuery({ ...ask("nodes"), staleTime: 30_000 }).data?.nodes;
  if (entries.length === 0) {
    return undefined;
  }
  if (!canWrite) {
    return "Not while the connection is lost.";
  }
  const byId = new Map(nodes?.map((node) => [node.id, node]));
  const barred = new Set(
    entries.flatMap(({ nodeId, node }) => {
      const known = byId.get(nodeId);
      return known === undefined || !may("node.command", known).is ? [node.name] : [];
    }),
  );
  const [first] = barred;
  return first === undefined
    ? undefined
    : `Needs Operator on ${first}${barred.size === 1 ? "" : ` and ${counted(barred.size - 1, "node")} more`}.`;
};

const MOST_INPUTS = 20;

const SwitchMenu = ({ entries, isOff, onChoose }: { entries: readonly FlowEntry[]; isOff: boolean; onChoose: (input: string) => void }) => {
  const inputs = inputsOf(entries).slice(0, MOST_INPUTS);
  return (
    <Menu.Root>
      <Menu.Trigger className="btn sm" disabled={isOff || inputs.length === 0}>
        <Icon name="input" size={12} />
        Switch input
        <Icon name="down" size={12} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start" className="menu-place">
          <Menu.Popup className="menu scroll">
            {inputs.map(({ name, count }) => (
              <Menu.Item
                key={name}
                className="item"
                disabled={switchable(entries, { is: "switch", input: name }).length === 0}
                onClick={() => onChoose(name)}
              >
                {name}
                <span className="dim">
                  {count} of {entries.length}
                </span>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
};

const WORDS: Readonly<Record<Verb["is"], string>> = { start: "Start", stop: "Stop", restart: "Restart", switch: "Switch" };

type AskGiven = { verb: Verb; entries: readonly FlowEntry[]; onClose: () => void; onAct: (entries: readonly FlowEntry[]) => void };

const Ask = ({ verb, entries, onClose, onAct }: AskGiven) => {
  // What is confirmed is what was shown: a flow that starts meanwhile is not stopped with the others.
  const [those] = useState(entries);
  const outputs = those.reduce((sum, { row }) => sum + row.outputs, 0);
  const flows = counted(those.length, "flow");
  const isHeld = verb.is === "stop" || verb.is === "restart";
  return (
    <Confirm
      title={verb.is === "switch" ? `Switch ${flows} to ${verb.input}` : `${WORDS[verb.is]} ${flows}`}
      sentence={
        {
          start: `${counted(outputs, "output")} may begin to send.`,
          stop: `${counted(outputs, "output")} ${outputs === 1 ? "goes" : "go"} dark.`,
          restart: `${counted(outputs, "output")} ${outputs === 1 ? "stops" : "stop"} for a moment.`,
          switch: `${counted(outputs, "output")} ${outputs === 1 ? "goes" : "go"} on from there, without a break.`,
        }[verb.is]
      }
      impacts={impactsOf(those)}
      keep="Leave them"
      act={isHeld ? `Hold to ${verb.is} ${flows}` : `${WORDS[verb.is]} ${flows}`}
      isHeld={isHeld}
      isOpen
      onClose={onClose}
      onAct={() => onAct(those)}
    />
  );
};

/** Lines of a confirm that are read; the rest is a number. */
const MOST_LINES = 40;

const impactsOf = (entries: readonly FlowEntry[]): Impact[] => {
  const sorted = entries.toSorted((a, b) => b.row.outputs - a.row.outputs || troubleOf(b) - troubleOf(a));
  const shown = sorted
    .slice(0, MOST_LINES)
    .map(({ id, row, node, state }): Impact => ({ key: id, name: row.name, where: node.name, state }));
  const rest = sorted.length - shown.length;
  return rest === 0 ? shown : [...shown, { key: "rest", name: `and ${counted(rest, "more", "more")}`, where: "", state: "off" }];
};
