import type { Impact, PresetAction } from "@bilbycast/contracts/manager-api";
import { counted } from "../../words/numbers.ts";

/** More outputs than these are not taken by one short press. */
export const HOLD_OVER_OUTPUTS = 10;
/** An older answer says nothing about now. Milliseconds. */
export const CHECK_HOLDS_MS = 2_000;

export type ImpactAction = Impact["actions"][number];
export type ImpactNode = { nodeId: string; name: string; severity: "error" | "warning" | undefined; actions: ImpactAction[] };

/** Actions by node, in the order of the preset. */
export const byNode = ({ actions }: Pick<Impact, "actions">): ImpactNode[] => {
  const nodes = new Map<string, ImpactNode>();
  for (const each of actions) {
    const nodeId = each.action.node_id;
    const node = nodes.get(nodeId) ?? { nodeId, name: each.node_name, severity: undefined, actions: [] };
    node.actions.push(each);
    node.severity = worstOf([node.severity, ...each.findings.map(({ severity }) => severity)]);
    nodes.set(nodeId, node);
  }
  return [...nodes.values()];
};

const worstOf = (severities: readonly (string | undefined)[]): "error" | "warning" | undefined =>
  severities.includes("error") ? "error" : severities.includes("warning") ? "warning" : undefined;

/** `9 outputs on 3 nodes`. */
export const headlineOf = ({ changes_nothing: nothing, outputs, nodes }: Impact): string =>
  nothing ? "Nothing on air will change" : `${counted(outputs, "output")} on ${counted(nodes, "node")}`;

/** `4 actions: 3 change something, 1 is so already.` */
export const sentenceOf = ({ actions }: Impact): string => {
  const changing = actions.filter(({ changes }) => changes).length;
  const same = actions.length - changing;
  const [all, some] = [counted(actions.length, "action"), `${same} ${same === 1 ? "is" : "are"} so already`];
  const retunes = actions.filter(({ action, changes }) => changes && action.splice_mode_override === "pmt_bump").length;
  const re = retunes === 0 ? "" : ` ${retunes} ${retunes === 1 ? "makes" : "make"} receivers re-tune.`;
  return `${all}${same === 0 ? "" : `, ${some}`}.${re}`;
};

/** How the sources are joined, as the preset says; what the slot itself says is not told here. */
export const spliceText = ({ splice_mode_override: splice }: PresetAction): string =>
  splice === undefined ? "as configured" : splice === "pes_aligned" ? "PES aligned" : "PMT bump, re-tunes";

/** Why a press is not enough: what stands on the button; `undefined`: it is. */
export const holdReasonOf = (impact: Impact, onEmergencyPage: boolean): string | undefined =>
  onEmergencyPage
    ? "Emergency"
    : impact.outputs > HOLD_OVER_OUTPUTS
      ? `${impact.outputs} outputs`
      : impact.warnings > 0
        ? counted(impact.warnings, "warning")
        : undefined;

const CHECK_WORDS: Readonly<Record<Impact["checks"][number]["name"], string>> = {
  nodes_online: "Nodes online",
  may_operate: "You may operate",
  source_has_picture: "Source has picture",
  data_is_fresh: "Data under 5 s old",
};

export const checkText = (name: Impact["checks"][number]["name"]): string => CHECK_WORDS[name];

/** What stands against it, once for each sentence. */
export const findingsOf = ({ actions }: Impact, severity: "error" | "warning" | "info") => {
  const all = actions.flatMap(({ findings, node_name: node }) =>
    findings.filter((each) => each.severity === severity).map((each) => ({ ...each, node })),
  );
  const seen = new Map(all.map((each) => [`${each.code} ${each.node} ${each.message}`, each]));
  return [...seen.values()];
};
