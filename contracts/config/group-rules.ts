import { isObject, objectsIn, stringsIn, type ConfigDocument } from "./document.ts";
import type { ConfigProblem } from "./problem.ts";

/** Members of flow groups exist and stand there once; a flow that names a group is one of its members. */
export const groupProblems = (document: ConfigDocument): ConfigProblem[] => {
  const flows = objectsIn(document, "flows");
  const groups = objectsIn(document, "flow_groups");
  const known = new Set(flows.map((flow) => flow["id"]));
  const members = groups.flatMap((group, groupIndex) => {
    const ids = stringsIn(group["flow_ids"]);
    return ids.flatMap((id, index): ConfigProblem[] => {
      const path = `flow_groups[${groupIndex}].flow_ids[${index}]`;
      if (id === undefined) {
        return [];
      }
      if (!known.has(id)) {
        return [{ path, code: "reference_unknown", message: `must be the id of one of the flows; there is no flow "${id}"` }];
      }
      const first = ids.indexOf(id);
      return first < index ? [{ path, code: "reference_taken", message: `must be there once: flow_ids[${first}] is the same flow` }] : [];
    });
  });
  return [...members, ...flows.flatMap((flow, index) => strayFlow(flow, index, groups))];
};

const strayFlow = (flow: Record<string, unknown>, index: number, groups: readonly Record<string, unknown>[]): ConfigProblem[] => {
  const groupId = flow["flow_group_id"];
  if (typeof groupId !== "string") {
    return [];
  }
  const group = groups.find((candidate) => candidate["id"] === groupId);
  if (isObject(group) && stringsIn(group["flow_ids"]).includes(String(flow["id"]))) {
    return [];
  }
  const message = `must be the id of a flow group whose flow_ids have this flow; "${groupId}" ${group === undefined ? "does not exist" : "does not list it"}`;
  return [{ path: `flows[${index}].flow_group_id`, code: "group_membership", message }];
};
