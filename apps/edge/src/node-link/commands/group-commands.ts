import { stateOf } from "../../api/flow-routes.ts";
import { addToGroup, createGroup, deleteGroup, removeFromGroup, replaceGroup } from "../../group-edits.ts";
import { change } from "./change.ts";
import type { Desk, Handlers } from "./desk.ts";

/** Flow groups: what stands together in the configuration, and starts and stops together. */
export const groupCommands: Handlers<
  | "start_flow_group"
  | "stop_flow_group"
  | "add_flow_group"
  | "update_flow_group"
  | "remove_flow_group"
  | "add_essence_flow"
  | "remove_essence_flow"
> = {
  start_flow_group: async ({ flow_group_id: id }, desk) => {
    await desk.context.control.startGroup(id);
    return groupAnswer(desk, id);
  },
  stop_flow_group: async ({ flow_group_id: id }, desk) => {
    await desk.context.control.stopGroup(id);
    return groupAnswer(desk, id);
  },
  add_flow_group: ({ flow_group: group }, desk) => change(desk, (draft) => createGroup(draft, group)),
  update_flow_group: ({ flow_group_id: id, flow_group: group }, desk) => change(desk, (draft) => replaceGroup(draft, id, group)),
  remove_flow_group: ({ flow_group_id: id }, desk) => change(desk, (draft) => deleteGroup(draft, id)),
  add_essence_flow: ({ flow_group_id: id, flow_id: flowId }, desk) => change(desk, (draft) => addToGroup(draft, id, flowId)),
  remove_essence_flow: ({ flow_group_id: id, flow_id: flowId }, desk) => change(desk, (draft) => removeFromGroup(draft, id, flowId)),
};

const groupAnswer = ({ context }: Desk, id: string) => {
  const group = context.store.config.flow_groups?.find((candidate) => candidate.id === id);
  return { id, flows: (group?.flow_ids ?? []).map((flowId) => ({ id: flowId, state: stateOf(context, flowId) })) };
};
