import { decide, type Impact, type NodeObject, type PresetAction, type Subject } from "@bilbycast/contracts/manager-api";
import type { FlowLayout } from "../drivers/driver.ts";
import type { KnownNode } from "./known.ts";
import type { Layout } from "./layouts.ts";
import { carriedKey, flowOf, type Carried } from "./match.ts";

/** All that a Take is judged by. */
export type Facts = {
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly carried: ReadonlyMap<string, Carried>;
  readonly layouts: ReadonlyMap<string, Layout>;
  readonly objects: ReadonlyMap<string, NodeObject>;
  /** Milliseconds since the node told anything, where it is on this instance. */
  readonly ages: ReadonlyMap<string, number>;
  readonly subject: Subject;
  /** RFC 3339. */
  readonly now: string;
};

type Entry = Impact["actions"][number];
type Finding = Entry["findings"][number];

/** What a node told must be younger for a Take to be judged by it. */
const STALE_MS = 5_000;

const error = (code: string, message: string): Finding => ({ severity: "error", code, message });
const warning = (code: string, message: string): Finding => ({ severity: "warning", code, message });

/** What a Take would change and what stands against it. */
export const impactOf = (preset: { id: string; version: number; actions: readonly PresetAction[] }, facts: Facts): Impact => {
  const actions = preset.actions.map((action) => entryOf(action, facts));
  const changing = actions.filter(({ changes }) => changes);
  const severities = actions.flatMap(({ findings }) => findings.map(({ severity }) => severity));
  const has = ({ findings }: Entry, ...codes: string[]): boolean => findings.some(({ code }) => codes.includes(code));
  const good = (name: Impact["checks"][number]["name"], ...codes: string[]): Impact["checks"][number] => ({
    name,
    good: actions.filter((entry) => !has(entry, ...codes)).length,
    of: actions.length,
  });
  return {
    preset_id: preset.id,
    preset_version: preset.version,
    checked_at: facts.now,
    actions,
    nodes: new Set(changing.map(({ action }) => action.node_id)).size,
    outputs: changing.reduce((sum, { outputs }) => sum + outputs.length, 0),
    changes_nothing: actions.length > 0 && changing.length === 0 && !severities.includes("error"),
    is_blocked: severities.includes("error"),
    warnings: severities.filter((severity) => severity === "warning").length,
    checks: [
      good("nodes_online", "node_gone", "node_not_connected"),
      good("may_operate", "node_gone", "insufficient_role"),
      good("source_has_picture", "source_without_picture", "source_unknown", "input_not_on_flow", "flow_not_found"),
      good("data_is_fresh", "node_gone", "node_not_connected", "not_told_yet", "node_data_stale"),
    ],
  };
};

const entryOf = (action: PresetAction, facts: Facts): Entry => {
  const flowId = flowOf(action);
  const to = action.type === "activate_input" ? action.input_id : action.source_input_id;
  const node = facts.nodes.get(action.node_id);
  const flow = facts.layouts.get(action.node_id)?.get(flowId);
  const carried = facts.carried.get(carriedKey(action.node_id, flowId));
  const nameOf = (id: string): string => flow?.inputs.find(({ input_id: each }) => each === id)?.name ?? id;
  const from = carried?.input_id ?? null;
  const changes = action.type === "activate_input" && from !== to;
  return {
    action,
    node_name: node?.name ?? "",
    flow_name: flow?.name ?? flowId,
    from: from === null ? null : { input_id: from, name: nameOf(from) },
    to: { input_id: to, name: nameOf(to) },
    changes,
    outputs: (flow?.outputs ?? []).filter(({ is_open: isOpen }) => isOpen).map(({ name, output_id }) => ({ output_id, name })),
    findings:
      action.type === "activate_input"
        ? findingsOf(action, node, flow, carried, facts)
        : [...nodeFindings(action, node, facts), NO_ASSEMBLY],
  };
};

/** Assembly is not built yet, so a route on a bus cannot be made; the preset keeps it until it can. */
const NO_ASSEMBLY = error("assembly_unavailable", "The node does not assemble flows out of programs, so no program can be routed");

type ActivateInput = PresetAction & { type: "activate_input" };

/** What keeps somebody from telling the node anything. */
const nodeFindings = ({ node_id: id }: PresetAction, node: KnownNode | undefined, { ages, now, objects, subject }: Facts): Finding[] => {
  const object = objects.get(id);
  if (node === undefined || object === undefined) {
    return [error("node_gone", "The node is not there any more, or is no longer this group's")];
  }
  const age = ages.get(id) ?? 0;
  return [
    ...(node.isOnline && age > STALE_MS
      ? [error("node_data_stale", `What ${node.name} told last is ${Math.round(age / 1_000)} s old`)]
      : []),
    ...(node.isOnline ? [] : [error("node_not_connected", `${node.name} is not connected`)]),
    ...(decide("node.command", subject, { node: object }, now).is === "allowed"
      ? []
      : [error("insufficient_role", `Needs Operate on ${node.name}`)]),
  ];
};

const findingsOf = (
  action: ActivateInput,
  node: KnownNode | undefined,
  flow: FlowLayout | undefined,
  carried: Carried | undefined,
  facts: Facts,
): Finding[] => {
  const found = nodeFindings(action, node, facts);
  if (node === undefined || found.some(({ code }) => code !== "insufficient_role")) {
    return found;
  }
  const layout = facts.layouts.get(action.node_id);
  if (layout === undefined) {
    return [...found, warning("config_unknown", `${node.name} has not told its configuration yet`)];
  }
  if (flow === undefined) {
    return [...found, error("flow_not_found", `${node.name} has no flow ${action.flow_id}`)];
  }
  if (!flow.inputs.some(({ input_id: id }) => id === action.input_id)) {
    return [...found, error("input_not_on_flow", `Flow ${flow.name} has no input ${action.input_id}`)];
  }
  if (carried === undefined) {
    return [...found, warning("not_told_yet", `${node.name} has not told what ${flow.name} carries`)];
  }
  if (!carried.is_running) {
    return [...found, error("flow_not_running", `Flow ${flow.name} does not run`)];
  }
  return [...found, ...sourceFindings(action, carried), ...spliceFindings(action)];
};

const SIGNALS: Readonly<Record<string, string>> = {
  no_packets: "nothing comes from it",
  input_failed: "it could not be opened",
  no_signal: "it has no picture",
  black: "its picture is black",
  freeze: "its picture stands still",
};

const sourceFindings = ({ input_id: id }: ActivateInput, { input_id: active, signals }: Carried): Finding[] => {
  const signal = signals[id] ?? "unknown";
  if (signal === "good" || active === id) {
    return [];
  }
  return [
    signal === "unknown"
      ? warning("source_unknown", `It is not known whether ${id} has a picture`)
      : warning("source_without_picture", `${id}: ${SIGNALS[signal] ?? signal}`),
  ];
};

const spliceFindings = ({ splice_mode_override: splice }: ActivateInput): Finding[] =>
  splice === undefined
    ? []
    : [
        {
          severity: "info",
          code: "splice_override_ignored",
          message: "The flow passes its input through, which is cut to without a splice",
        },
      ];
