import type { PresetAction, PresetMatch } from "@bilbycast/contracts/manager-api";

/** What a flow carries, as its node told last. `signals`: of each input, "good", "unknown" or what is wrong with it. */
export type Carried = { input_id: string | null; is_running: boolean; signals: Readonly<Record<string, string>> };

/** What is known of the nodes that presets of one group are for. Nodes that the group has not are not in it. */
export type Known = {
  readonly nodes: ReadonlyMap<string, { name: string; isOnline: boolean }>;
  /** By `carriedKey`. */
  readonly carried: ReadonlyMap<string, Carried>;
};

export const carriedKey = (nodeId: string, flowId: string): string => `${nodeId}/${flowId}`;

/** The flow that an action is for. */
export const flowOf = (action: PresetAction): string => (action.type === "activate_input" ? action.flow_id : action.dst_flow_id);

/** How a preset stands to what is carried now. A node that is away is unknown, and no difference. */
export const matchOf = (actions: readonly PresetAction[], known: Known): PresetMatch => {
  const each = actions.map((action) => matchOfAction(action, known));
  const differs = each.filter(({ state }) => state === "differs").length;
  const isUnknown = each.some(({ state }) => state === "unknown");
  return { state: differs > 0 ? "differs" : isUnknown ? "unknown" : "matches", differs, actions: each };
};

type ActionMatch = PresetMatch["actions"][number];

const matchOfAction = (action: PresetAction, { carried, nodes }: Known): ActionMatch => {
  const unknown = (reason: string): ActionMatch => ({ state: "unknown", active_input_id: null, reason });
  const node = nodes.get(action.node_id);
  if (node === undefined) {
    return unknown("node_gone");
  }
  if (!node.isOnline) {
    return unknown("node_not_connected");
  }
  if (action.type === "bus_route") {
    return unknown("assembly_unavailable");
  }
  const flow = carried.get(carriedKey(action.node_id, action.flow_id));
  if (flow === undefined) {
    return unknown("not_told_yet");
  }
  return { state: flow.input_id === action.input_id ? "matches" : "differs", active_input_id: flow.input_id, reason: null };
};
