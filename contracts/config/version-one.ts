import { isObject, objectsIn, type ConfigDocument } from "./document.ts";
import type { ConfigProblem } from "./problem.ts";

/**
 * A document of version 2 as version 1 writes it, with the parts inside their flows. Where version 1 has no words for it
 * (several inputs, parts on no flow), the answer is the problems and no document.
 */
export const asVersionOne = (document: ConfigDocument): { document?: ConfigDocument; problems: ConfigProblem[] } => {
  const problems: ConfigProblem[] = [];
  const inputById = byId(objectsIn(document, "inputs"));
  const outputById = byId(objectsIn(document, "outputs"));
  const used = new Set<unknown>();
  const flows = objectsIn(document, "flows").map((flow, index) => {
    const { input_ids: inputIds, output_ids: outputIds, ...rest } = flow;
    const inputs = partsOf(inputIds, inputById, used);
    if (inputs.length !== 1) {
      problems.push({
        path: `flows[${index}].input_ids`,
        code: "version_one_inexpressible",
        message: `version 1 knows flows with exactly one input; this one has ${inputs.length}`,
      });
    }
    return { ...rest, input: inputs[0], outputs: partsOf(outputIds, outputById, used) };
  });
  for (const list of ["inputs", "outputs"]) {
    objectsIn(document, list).forEach((part, index) => {
      if (!used.has(part)) {
        problems.push({
          path: `${list}[${index}]`,
          code: "version_one_inexpressible",
          message: "version 1 has no place for a part that is on no flow",
        });
      }
    });
  }
  if (problems.length > 0) {
    return { problems };
  }
  const { inputs: _inputs, outputs: _outputs, ...rest } = document;
  return { document: { ...rest, version: 1, flows }, problems };
};

const byId = (parts: readonly Record<string, unknown>[]): Map<unknown, Record<string, unknown>> =>
  new Map(parts.map((part) => [part["id"], part]));

const partsOf = (ids: unknown, partById: Map<unknown, Record<string, unknown>>, used: Set<unknown>): Record<string, unknown>[] =>
  (Array.isArray(ids) ? ids : []).flatMap((id: unknown) => {
    const part = partById.get(id);
    if (!isObject(part)) {
      return [];
    }
    used.add(part);
    return [part];
  });
