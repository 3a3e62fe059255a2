import { counter, declare } from "@bilbycast/engine/transport/declare";
import type { TransportModule } from "@bilbycast/engine/transport";
import type { FlowSpec, PartSpec } from "./spec.ts";

/** The kind of an input that reads the bus of another flow: the engine's own, since no transport may know flows. */
export const FLOW_KIND = "flow";

/** That kind, as the other kinds of inputs say theirs. */
export const FLOW_MODULE = {
  runsOn: "lane",
  declaration: declare({
    kind: FLOW_KIND,
    title: "The packets of another flow",
    runsOn: "lane",
    gives: "ts",
    stats: { packetsLost: counter("packets", "Packets of the other flow that were overwritten before they were read.") },
    faults: {},
  }),
} as const satisfies TransportModule;

/** The flow that an input reads; `undefined` for inputs of the other kinds. */
export const sourceOf = ({ kind, config }: PartSpec): string | undefined => (kind === FLOW_KIND ? String(config["flow_id"]) : undefined);

/** The flows that a flow reads. */
export const sourcesOf = ({ inputs }: FlowSpec): string[] => inputs.map(sourceOf).filter((id) => id !== undefined);

/** The flows in an order in which each comes behind those that it reads. */
export const sourcesFirst = (flows: readonly FlowSpec[]): FlowSpec[] => {
  const byId = new Map(flows.map((flow) => [flow.id, flow]));
  const ordered = new Set<FlowSpec>();
  const visited = new Set<FlowSpec>();
  const visit = (flow: FlowSpec): void => {
    if (visited.has(flow)) {
      return;
    }
    visited.add(flow);
    for (const id of sourcesOf(flow)) {
      const source = byId.get(id);
      if (source !== undefined) {
        visit(source);
      }
    }
    ordered.add(flow);
  };
  flows.forEach(visit);
  return [...ordered];
};

/** Flows that neither read nor are read, which may be closed at once, and the others, each before those that it reads. */
export const closingOrder = (flows: readonly FlowSpec[]): { alone: FlowSpec[]; linked: FlowSpec[] } => {
  const read = new Set(flows.flatMap(sourcesOf));
  const isLinked = (flow: FlowSpec): boolean => read.has(flow.id) || sourcesOf(flow).length > 0;
  return { alone: flows.filter((flow) => !isLinked(flow)), linked: sourcesFirst(flows.filter(isLinked)).toReversed() };
};

/** True when the packets of `from` would come back to it by way of `flow`. */
export const comesBack = (from: string, flow: string, flows: ReadonlyMap<string, FlowSpec>): boolean => {
  const seen = new Set<string>();
  const reaches = (id: string): boolean => {
    if (id === from) {
      return true;
    }
    const spec = seen.has(id) ? undefined : flows.get(id);
    seen.add(id);
    return spec !== undefined && sourcesOf(spec).some(reaches);
  };
  return reaches(flow);
};
