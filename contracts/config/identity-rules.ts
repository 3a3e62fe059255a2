import { objectsIn, stringsIn, type ConfigDocument } from "./document.ts";
import type { Part, Side } from "./parts.ts";
import type { ConfigProblem } from "./problem.ts";

/**
 * Every id is there once, every reference leads somewhere, a part is on one flow at most, and at most one input of a flow is
 * active. Works on the document as written, so that a broken part does not hide these.
 */
export const identityProblems = (document: ConfigDocument, inputs: readonly (Part | undefined)[]): ConfigProblem[] => {
  const doubles = ["inputs", "outputs", "flows", "tunnels", "flow_groups"].flatMap((list) => doubleIds(document, list));
  return [doubles, references(document, "input"), references(document, "output"), secondActiveInputs(document, inputs)].flat();
};

const doubleIds = (document: ConfigDocument, list: string): ConfigProblem[] => {
  const firstById = new Map<string, number>();
  return objectsIn(document, list).flatMap((entry, index) => {
    const id = entry["id"];
    if (typeof id !== "string" || id === "") {
      return [];
    }
    const first = firstById.get(id);
    if (first === undefined) {
      firstById.set(id, index);
      return [];
    }
    return [{ path: `${list}[${index}].id`, code: "id_taken", message: `must be unique: ${list}[${first}] has the id "${id}" too` }];
  });
};

const references = (document: ConfigDocument, side: Side): ConfigProblem[] => {
  const known = new Set(objectsIn(document, `${side}s`).map((part) => part["id"]));
  const ownerById = new Map<string, string>();
  return objectsIn(document, "flows").flatMap((flow, flowIndex) =>
    stringsIn(flow[`${side}_ids`]).flatMap((id, index): ConfigProblem[] => {
      const path = `flows[${flowIndex}].${side}_ids[${index}]`;
      if (id === undefined) {
        return [];
      }
      if (!known.has(id)) {
        return [{ path, code: "reference_unknown", message: `must be the id of one of the ${side}s; there is no ${side} "${id}"` }];
      }
      const owner = ownerById.get(id);
      if (owner !== undefined) {
        const message = `must be on one flow only: the ${side} "${id}" is already assigned to another flow or place (${owner})`;
        return [{ path, code: "reference_taken", message }];
      }
      ownerById.set(id, path);
      return [];
    }),
  );
};

const secondActiveInputs = (document: ConfigDocument, inputs: readonly (Part | undefined)[]): ConfigProblem[] => {
  const indexById = new Map(inputs.map((input, index) => [input?.id, index]));
  return objectsIn(document, "flows").flatMap((flow) => {
    const active = [...new Set(stringsIn(flow["input_ids"]))].filter((id) => inputs[indexById.get(id) ?? -1]?.active === true);
    return active.slice(1).map((id) => ({
      path: `inputs[${indexById.get(id)}].active`,
      code: "active_input_twice",
      message: `must be false: the input "${active[0]}" of the same flow is active, and a flow has at most one active input`,
    }));
  });
};
