import { Fault, isFault, type FaultBody } from "@bilbycast/foundation/fault";
import type { Direction } from "./part-stats.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { FlowSpec, PartSpec } from "./spec.ts";

export const partsOf = (spec: FlowSpec, direction: Direction): readonly PartSpec[] => (direction === "input" ? spec.inputs : spec.outputs);

export const withParts = (spec: FlowSpec, direction: Direction, parts: readonly PartSpec[]): FlowSpec =>
  direction === "input" ? { ...spec, inputs: parts } : { ...spec, outputs: parts };

/** Nothing of the flow runs. */
export const markFailed = (flow: RunningFlow, fault: FaultBody): void => {
  flow.state = "failed";
  flow.error = fault;
  for (const part of flow.allParts()) {
    part.retry?.close();
    part.state = "failed";
  }
};

/** The same Fault with the flow and the part in its details, in people's names instead of the lane's. */
export const named = (error: unknown, flow: RunningFlow, known?: RunningPart): unknown => {
  if (!isFault(error)) {
    return error;
  }
  const { part_id: key, ...details } = error.details;
  const part = known ?? (typeof key === "string" ? flow.byKey(key) : undefined);
  const where = part === undefined ? {} : { [`${part.direction}_id`]: part.spec.id };
  return new Fault(error.code, error.message, { cause: error.cause, details: { ...details, flow_id: flow.spec.id, ...where } });
};

/** The names of a part in an event. */
export const whereIs = (flow: RunningFlow, part: RunningPart): { flowId: string; inputId?: string; outputId?: string } => ({
  flowId: flow.spec.id,
  ...(part.direction === "input" ? { inputId: part.spec.id } : { outputId: part.spec.id }),
});
