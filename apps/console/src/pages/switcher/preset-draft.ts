import { MOST_ACTIONS, type Preset, type PresetAction } from "@bilbycast/contracts/manager-api";

/** What of a preset can be edited. */
export type PresetDraft = Pick<Preset, "name" | "short_label" | "color" | "description" | "page_id" | "position" | "actions">;

export const draftOf = (preset: PresetDraft): PresetDraft => ({
  name: preset.name,
  short_label: preset.short_label,
  color: preset.color,
  description: preset.description,
  page_id: preset.page_id,
  position: preset.position,
  actions: preset.actions,
});

export const emptyDraft = (pageId: string | null, position: number): PresetDraft => ({
  name: "",
  short_label: "",
  color: "grey",
  description: "",
  page_id: pageId,
  position,
  actions: [],
});

const flowOf = (action: PresetAction): string => (action.type === "bus_route" ? action.dst_flow_id : action.flow_id);
const isFor = (action: PresetAction, nodeId: string, flowId: string): boolean => action.node_id === nodeId && flowOf(action) === flowId;

/** The input that a preset gives a flow; `undefined`: it leaves the flow alone. */
export const inputFor = (draft: Pick<PresetDraft, "actions">, nodeId: string, flowId: string): string | undefined => {
  const found = draft.actions.find((action) => isFor(action, nodeId, flowId));
  return found?.type === "activate_input" ? found.input_id : undefined;
};

/** One input for each flow: another choice takes the place of the one before, where it stood. */
export const withInput = (draft: PresetDraft, nodeId: string, flowId: string, inputId: string | undefined): PresetDraft => {
  if (inputId === undefined) {
    return { ...draft, actions: draft.actions.filter((action) => !isFor(action, nodeId, flowId)) };
  }
  const at = draft.actions.findIndex((action) => isFor(action, nodeId, flowId));
  const before = draft.actions[at];
  const splice = before?.splice_mode_override === undefined ? {} : { splice_mode_override: before.splice_mode_override };
  const action: PresetAction = { type: "activate_input", node_id: nodeId, flow_id: flowId, input_id: inputId, ...splice };
  return { ...draft, actions: at < 0 ? [...draft.actions, action] : draft.actions.with(at, action) };
};

export const withSplice = (
  draft: PresetDraft,
  nodeId: string,
  flowId: string,
  splice: PresetAction["splice_mode_override"] | undefined,
): PresetDraft => ({
  ...draft,
  actions: draft.actions.map((action) => {
    if (!isFor(action, nodeId, flowId)) {
      return action;
    }
    const { splice_mode_override: _, ...bare } = action;
    return splice === undefined ? bare : { ...bare, splice_mode_override: splice };
  }),
});

export type DraftProblem = { field: "name" | "short_label" | "actions"; message: string; code: string };

/** What would be refused, beside the field that it is about. */
export const problemsOf = (draft: PresetDraft, nodeNameOf: (id: string) => string = (id) => id): DraftProblem[] => {
  const problems: DraftProblem[] = [];
  if (draft.name.trim() === "") {
    problems.push({ field: "name", message: "Say what it shows: Camera 1, dirty.", code: "name_missing" });
  }
  const label = Array.from(draft.short_label.trim()).length;
  if (label < 1 || label > 8) {
    problems.push({ field: "short_label", message: "1 to 8 letters, to be read at 2 m.", code: "label_length" });
  }
  if (draft.actions.length === 0) {
    problems.push({ field: "actions", message: "Choose an input for one flow at least.", code: "actions_missing" });
  }
  if (draft.actions.length > MOST_ACTIONS) {
    problems.push({ field: "actions", message: `At most ${MOST_ACTIONS} actions.`, code: "actions_too_many" });
  }
  const seen = new Set<string>();
  for (const action of draft.actions) {
    const key = `${action.node_id} ${flowOf(action)}`;
    // Several routes into programs of one flow belong together.
    if (seen.has(key) && action.type === "activate_input") {
      problems.push({
        field: "actions",
        message: `Two inputs for ${flowOf(action)} on ${nodeNameOf(action.node_id)}: a flow carries one.`,
        code: "preset_contradicts",
      });
    }
    seen.add(key);
  }
  return problems;
};

export type DraftField = keyof PresetDraft;
export type DraftConflict = { field: DraftField; was: unknown; mine: unknown; theirs: unknown };

const FIELDS: readonly DraftField[] = ["name", "short_label", "color", "description", "page_id", "position", "actions"];
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Mine over theirs since `base`. `conflicts`: what both changed, and not alike; `merged` holds mine there. */
export const mergeDrafts = (
  base: PresetDraft,
  mine: PresetDraft,
  theirs: PresetDraft,
): { merged: PresetDraft; conflicts: DraftConflict[] } => {
  const conflicts = FIELDS.filter(
    (field) => !isSame(mine[field], base[field]) && !isSame(theirs[field], base[field]) && !isSame(mine[field], theirs[field]),
  ).map((field) => ({ field, was: base[field], mine: mine[field], theirs: theirs[field] }));
  const merged = Object.fromEntries(FIELDS.map((field) => [field, isSame(mine[field], base[field]) ? theirs[field] : mine[field]]));
  return { merged: merged as PresetDraft, conflicts };
};
