import { Fault, isFault, type FaultBody } from "@bilbycast/foundation/fault";
import type { Registry } from "@bilbycast/engine/transport";
import type { Direction } from "./part-stats.ts";
import type { LaneHandle } from "./lane-handle.ts";
import type { ClaimsOf } from "./plan.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { FlowSpec, PartSpec } from "./spec.ts";
import { ownerOf, shareOf } from "./spread.ts";

export const partsOf = (spec: FlowSpec, direction: Direction): readonly PartSpec[] => (direction === "input" ? spec.inputs : spec.outputs);

export const withParts = (spec: FlowSpec, direction: Direction, parts: readonly PartSpec[]): FlowSpec =>
  direction === "input" ? { ...spec, inputs: parts } : { ...spec, outputs: parts };

export const withoutPart = (spec: FlowSpec, direction: Direction, partId: string): FlowSpec =>
  withParts(
    spec,
    direction,
    partsOf(spec, direction).filter(({ id }) => id !== partId),
  );

/**
 * The local ports that parts take, by their declarations; the host is left out, since 0.0.0.0 takes them all. An output in a session takes its
 * own name besides: a server refuses the second publisher of a stream, so the old one has to leave before the new one comes.
 */
export const claimsFrom =
  (registry: Registry): ClaimsOf =>
  (part, direction) => {
    const declaration = registry.get(part.kind)?.declaration;
    const claims = direction === "input" ? declaration?.claimsInput : declaration?.claimsOutput;
    const ports = (claims?.(part.config as never) ?? []).map(
      ({ protocol, address }) => `${protocol}:${address.slice(address.lastIndexOf(":") + 1)}`,
    );
    return direction === "output" && declaration?.runsOn === "session" ? [...ports, `session:${part.id}`] : ports;
  };

/** The lane that carries the fewest flows, for another one; what is one output over several lanes is on lanes that differ. */
export const freestOf = (lanes: readonly LaneHandle[], flows: readonly RunningFlow[], id: string): LaneHandle => {
  const load = (lane: LaneHandle): number => flows.filter((flow) => flow.lane === lane).length;
  const free = lanes.filter(
    (lane) => shareOf(id) === undefined || !flows.some((flow) => flow.lane === lane && isOneWith(flow.spec.id, id)),
  );
  return (free.length > 0 ? free : lanes).reduce((best, lane) => (load(lane) < load(best) ? lane : best));
};

/** Whether one of two flows was made for an output that the other one has as well. */
const isOneWith = (id: string, other: string): boolean => {
  const outputOf = (name: string): string | undefined => shareOf(name)?.outputId;
  return ownerOf(id) === ownerOf(other) && (outputOf(id) ?? outputOf(other)) === (outputOf(other) ?? outputOf(id));
};

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
  return new Fault(error.code, error.message, { cause: error.cause, details: { ...details, flow_id: ownerOf(flow.spec.id), ...where } });
};

/** The names of a part in an event. */
export const whereIs = (flow: RunningFlow, part: RunningPart): { flowId: string; inputId?: string; outputId?: string } => ({
  flowId: flow.spec.id,
  ...(part.direction === "input" ? { inputId: part.spec.id } : { outputId: part.spec.id }),
});
