import type { Declaration, Unit } from "@bilbycast/engine/transport/declare";
import type { Part } from "./parts.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Flow } from "./flow-shape.ts";

/** A flow carries one kind of unit: all its inputs give it and all its outputs take it. */
export const unitProblems = (
  flows: readonly (Flow | undefined)[],
  inputs: readonly (Part | undefined)[],
  outputs: readonly (Part | undefined)[],
  declarations: readonly Declaration[],
): ConfigProblem[] => {
  const declarationByKind = new Map(declarations.map((declaration) => [declaration.kind, declaration]));
  const inputById = new Map(inputs.map((input) => [input?.id, input]));
  const outputById = new Map(outputs.map((output) => [output?.id, output]));
  return flows.flatMap((flow, flowIndex) => {
    if (flow === undefined) {
      return [];
    }
    const given = flow.input_ids.map((id) => declarationByKind.get(inputById.get(id)?.type ?? "")?.gives);
    const unit = given.find((candidate) => candidate !== undefined);
    if (unit === undefined) {
      return [];
    }
    const mixed = given.flatMap((other, index) =>
      other === undefined || other === unit ? [] : [mixedUnits(flowIndex, index, other, unit)],
    );
    const untaken = flow.output_ids.flatMap((id, index) => {
      const takes = declarationByKind.get(outputById.get(id)?.type ?? "")?.takes;
      return takes === undefined || takes.includes(unit) ? [] : [untakenUnit(flowIndex, index, takes, unit)];
    });
    return [...mixed, ...untaken];
  });
};

const mixedUnits = (flow: number, index: number, other: Unit, unit: Unit): ConfigProblem => ({
  path: `flows[${flow}].input_ids[${index}]`,
  code: "unit_mismatch",
  message: `must give ${unit} like the first input of the flow; this one gives ${other}`,
});

const untakenUnit = (flow: number, index: number, takes: readonly Unit[], unit: Unit): ConfigProblem => ({
  path: `flows[${flow}].output_ids[${index}]`,
  code: "unit_mismatch",
  message: `must take ${unit}, which the inputs of the flow give; this one takes ${takes.join(", ")}`,
});
