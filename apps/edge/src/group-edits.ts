import { Fault } from "@bilbycast/foundation/fault";
import { isObject } from "@bilbycast/contracts/config";
import { idList, type ConfigDraft } from "./config-draft.ts";

type Group = Record<string, unknown>;

/** Adds a flow group. Throws the Fault `flow_group_exists`. */
export const createGroup = (draft: ConfigDraft, body: Group): void => {
  const groups = groupsOf(draft);
  const id = body["id"];
  if (groups.some((group) => group["id"] === id)) {
    throw new Fault("flow_group_exists", `There is a flow group "${String(id)}" already`, { details: { group_id: id, field: "id" } });
  }
  groups.push(body);
};

/** Puts another flow group in the place of one; the id of the path wins. Throws the Fault `flow_group_not_found`. */
export const replaceGroup = (draft: ConfigDraft, id: string, body: Group): void => {
  groupsOf(draft)[groupIndex(draft, id)] = { ...body, id };
};

/** Takes a flow group away; its flows stay, and name it no more. Throws the Fault `flow_group_not_found`. */
export const deleteGroup = (draft: ConfigDraft, id: string): void => {
  groupsOf(draft).splice(groupIndex(draft, id), 1);
  for (const flow of draft.list("flows")) {
    if (flow["flow_group_id"] === id) {
      delete flow["flow_group_id"];
    }
  }
};

/** Lists a flow in a group; one that is listed already stays. Throws `flow_group_not_found`, `flow_not_found`. */
export const addToGroup = (draft: ConfigDraft, id: string, flowId: string): void => {
  const group = groupsOf(draft)[groupIndex(draft, id)];
  if (draft.indexOf("flows", flowId) < 0) {
    throw new Fault("flow_not_found", `There is no flow "${flowId}"`, { details: { flow_id: flowId, field: "flow_id" } });
  }
  if (group !== undefined) {
    group["flow_ids"] = [...new Set([...idList(group["flow_ids"]), flowId])];
  }
};

/** Takes a flow out of a group. Throws `flow_group_not_found`, and `flow_not_found` for one that it does not list. */
export const removeFromGroup = (draft: ConfigDraft, id: string, flowId: string): void => {
  const group = groupsOf(draft)[groupIndex(draft, id)];
  const ids = idList(group?.["flow_ids"]);
  if (group === undefined || !ids.includes(flowId)) {
    throw new Fault("flow_not_found", `The group "${id}" has no flow "${flowId}"`, { details: { flow_id: flowId, group_id: id } });
  }
  group["flow_ids"] = ids.filter((member) => member !== flowId);
  const flow = draft.list("flows")[draft.indexOf("flows", flowId)];
  if (flow?.["flow_group_id"] === id) {
    delete flow["flow_group_id"];
  }
};

const groupsOf = (draft: ConfigDraft): Group[] => {
  const found = draft.document["flow_groups"];
  if (Array.isArray(found)) {
    return found as Group[];
  }
  const made: Group[] = [];
  draft.document["flow_groups"] = made;
  return made;
};

const groupIndex = (draft: ConfigDraft, id: string): number => {
  const index = groupsOf(draft).findIndex((group) => isObject(group) && group["id"] === id);
  if (index < 0) {
    throw new Fault("flow_group_not_found", `There is no flow group "${id}"`, { details: { group_id: id } });
  }
  return index;
};
