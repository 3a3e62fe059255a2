import type { Impact, PresetAction } from "@bilbycast/contracts/manager-api";
import { FLOW_NAMES, isAway, nodeName, OUTPUTS } from "./desk-plant.ts";
import { inputOf, keyOf } from "./fake-presets.ts";

/** What the flows carry, by node and flow; what is warned of, by node. */
type Active = ReadonlyMap<string, string>;
type Warned = ReadonlyMap<string, { code: string; message: string }>;

/** What a take of these actions would change on the plant. */
export const impactOf = (
  preset: { id: string; version: number; actions: readonly PresetAction[] },
  active: Active,
  warned: Warned,
): Impact => {
  const actions = preset.actions.map((action) => entryOf(action, active, warned));
  const changing = actions.filter(({ changes }) => changes);
  const nodes = [...new Set(preset.actions.map(({ node_id: id }) => id))];
  const online = nodes.filter((id) => !isAway(id)).length;
  return {
    preset_id: preset.id,
    preset_version: preset.version,
    checked_at: new Date().toISOString(),
    actions,
    nodes: new Set(changing.map(({ action }) => action.node_id)).size,
    outputs: changing.reduce((sum, { outputs }) => sum + outputs.length, 0),
    changes_nothing: changing.length === 0,
    is_blocked: online < nodes.length,
    warnings: actions.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "warning").length,
    checks: [
      { name: "nodes_online", good: online, of: nodes.length },
      { name: "may_operate", good: nodes.length, of: nodes.length },
      { name: "source_has_picture", good: actions.length, of: actions.length },
      { name: "data_is_fresh", good: online, of: nodes.length },
    ],
  };
};

const entryOf = (action: PresetAction, active: Active, warned: Warned): Impact["actions"][number] => {
  const key = keyOf(action);
  const from = active.get(key);
  const warning = warned.get(action.node_id);
  return {
    action,
    node_name: nodeName(action.node_id),
    flow_name: FLOW_NAMES[key] ?? key.split(" ")[1] ?? "",
    from: from === undefined ? null : { input_id: from, name: from },
    to: { input_id: inputOf(action), name: inputOf(action) },
    changes: from !== inputOf(action),
    outputs: from === inputOf(action) ? [] : (OUTPUTS[key] ?? []).map((name) => ({ output_id: name.toLowerCase(), name })),
    findings: [
      ...(isAway(action.node_id)
        ? [{ severity: "error" as const, code: "node_not_connected", message: "It is not here, last seen 33:56 ago." }]
        : []),
      ...(warning === undefined ? [] : [{ severity: "warning" as const, ...warning }]),
    ],
  };
};
