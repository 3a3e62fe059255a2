import { useCallback, useState } from "react";
import { ApiFailure } from "../../api/api.ts";
import { api } from "../../api/browser.tsx";
import { tell } from "../../parts/toasts.tsx";
import { counted } from "../../words/numbers.ts";
import type { FlowEntry } from "./flow-list.ts";

export type Verb = { is: "start" } | { is: "stop" } | { is: "restart" } | { is: "switch"; input: string };

type Action = { type: string; flow_id: string; input_id?: string };

const DONE: Readonly<Record<Verb["is"], string>> = { start: "started", stop: "stopped", restart: "restarted", switch: "switched" };

/** Commands on their way at once: a node takes some at a time, and a hundred nodes need not wait for one. */
const AT_ONCE = 8;

/** The command for one flow; undefined: it has no input of that name. */
export const actionOf = ({ flowId, row }: Pick<FlowEntry, "flowId" | "row">, verb: Verb): Action | undefined => {
  if (verb.is !== "switch") {
    return { type: `${verb.is}_flow`, flow_id: flowId };
  }
  const input = row.inputs.find(({ name }) => name === verb.input);
  return input === undefined ? undefined : { type: "activate_input", flow_id: flowId, input_id: input.id };
};

type Failure = { entry: FlowEntry; message: string; code: string | undefined };

/** Does one thing to many flows, some at a time; what failed is named, and can be tried again alone. */
export const useFlowActs = () => {
  const [progress, setProgress] = useState<{ done: number; of: number }>();
  const run = useCallback(async (entries: readonly FlowEntry[], verb: Verb): Promise<void> => {
    const failures: Failure[] = [];
    const queue = [...entries];
    let done = 0;
    setProgress({ done, of: entries.length });
    const work = async (): Promise<void> => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        const failure = await order(entry, verb);
        if (failure !== undefined) {
          failures.push(failure);
        }
        done += 1;
        setProgress({ done, of: entries.length });
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, entries.length) }, work));
    setProgress(undefined);
    report(
      entries.length,
      verb,
      failures,
      () =>
        void run(
          failures.map(({ entry }) => entry),
          verb,
        ),
    );
  }, []);
  return { run, progress };
};

const order = async (entry: FlowEntry, verb: Verb): Promise<Failure | undefined> => {
  const action = actionOf(entry, verb);
  if (action === undefined) {
    return { entry, message: `${entry.row.name} has no input of this name.`, code: undefined };
  }
  try {
    await api("command", { params: { node_id: entry.nodeId }, body: { action } });
    return undefined;
  } catch (error) {
    return {
      entry,
      message: `${entry.node.name}: ${error instanceof Error ? error.message : "it did not work."}`,
      code: error instanceof ApiFailure ? error.code : undefined,
    };
  }
};

const report = (count: number, verb: Verb, failures: readonly Failure[], retry: () => void): void => {
  const [first] = failures;
  if (first === undefined) {
    tell({ kind: "done", text: `${counted(count, "flow")} ${DONE[verb.is]}.` });
    return;
  }
  const worked = count - failures.length;
  tell({
    kind: worked === 0 ? "failed" : "partial",
    text: worked === 0 ? first.message : `${worked} of ${counted(count, "flow")} ${DONE[verb.is]}. ${first.message}`,
    code: first.code,
    action: { label: `Retry ${failures.length}`, act: retry },
  });
};
