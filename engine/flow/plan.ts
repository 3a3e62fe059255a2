import type { Instant } from "@bilbycast/foundation/time";
import { sourceOf, sourcesFirst, sourcesOf } from "./flow-source.ts";
import type { Direction } from "./part-stats.ts";
import type { Bandwidth, FlowSpec, PartSpec } from "./spec.ts";

/** One step from the flows that run to the flows that are wanted. Data: taken in order, undone by the plan the other way. */
export type Step =
  | { do: "openFlow"; flow: FlowSpec }
  | { do: "closeFlow"; flowId: string }
  | { do: "addPart"; flowId: string; direction: Direction; part: PartSpec }
  | { do: "removePart"; flowId: string; direction: Direction; partId: string }
  /** `overlap`: the new one opens before the old one closes. Without it they want the same port. */
  | { do: "replacePart"; flowId: string; direction: Direction; part: PartSpec; overlap: boolean }
  /** `commandedAt`: when somebody asked for it; now, when absent. */
  | { do: "switchInput"; flowId: string; inputId: string | undefined; commandedAt?: Instant }
  | { do: "setAnalysis"; flowId: string; analysis: FlowSpec["analysis"]; pictures: FlowSpec["pictures"] }
  | { do: "limitBandwidth"; flowId: string; bandwidth: Bandwidth | undefined };

/** The local ports that a part takes, as words that are equal when the ports are. */
export type ClaimsOf = (part: PartSpec, direction: Direction) => readonly string[];

/**
 * What to do, touching only what differs. What comes is opened before anything is closed, so that a change that cannot be made
 * is found out while all that ran still runs; only what wants a port that another part gives up has to wait for it.
 */
export const plan = (current: readonly FlowSpec[], desired: readonly FlowSpec[], claimsOf: ClaimsOf): Step[] => {
  const before = new Map(current.map((flow) => [flow.id, flow]));
  const after = new Map(desired.map((flow) => [flow.id, flow]));
  // Who reads a flow comes behind it and goes before it.
  const closing = sourcesFirst(current)
    .toReversed()
    .filter((flow) => !sameFrame(flow, after.get(flow.id)));
  const opening = sourcesFirst(desired).filter((flow) => !sameFrame(flow, before.get(flow.id)));
  const kept = desired.flatMap((flow) => {
    const was = before.get(flow.id);
    return was !== undefined && sameFrame(was, flow) ? [changesOf(was, flow)] : [];
  });
  const claims = new Claims(claimsOf);
  for (const flow of closing) {
    claims.leaveFlow(flow);
  }
  for (const change of kept) {
    claims.leave(change.leaving);
  }
  const first: Step[] = [];
  const last: Step[] = [];
  const tapping: Step[] = [];
  for (const { flow, coming, replaced } of kept) {
    for (const { part, direction } of coming) {
      const to = isTap(part, direction) ? tapping : claims.waits([{ part, direction }]) ? last : first;
      to.push({ do: "addPart", flowId: flow.id, direction, part });
    }
    for (const { part, direction } of replaced) {
      const overlap = !claims.waits([{ part, direction }]);
      const to = isTap(part, direction) ? tapping : overlap ? first : last;
      to.push({ do: "replacePart", flowId: flow.id, direction, part, overlap });
    }
  }
  const late = new Set<string>();
  for (const flow of opening) {
    if (before.has(flow.id) || claims.waits(partsOf(flow)) || sourcesOf(flow).some((id) => late.has(id))) {
      late.add(flow.id);
      last.push({ do: "openFlow", flow });
    } else {
      first.push({ do: "openFlow", flow });
    }
  }
  // A flow that is read is open by then, whenever it was opened.
  last.push(...tapping);
  const removals = kept.flatMap(({ flow, gone }) =>
    gone.map(({ part, direction }) => ({
      tap: isTap(part, direction),
      step: { do: "removePart", flowId: flow.id, direction, partId: part.id } satisfies Step as Step,
    })),
  );
  const switches = kept.filter(({ was, flow }) => was.active !== flow.active);
  return [
    ...first,
    ...switches.filter(({ flow }) => !comesLast(last, flow)).map(({ flow }) => switchTo(flow)),
    ...removals.filter(({ tap }) => tap).map(({ step }) => step),
    ...kept
      .filter(({ was, flow }) => !sameValue(was.bandwidth, flow.bandwidth))
      .map(({ flow }): Step => ({ do: "limitBandwidth", flowId: flow.id, bandwidth: flow.bandwidth })),
    ...kept
      .filter(({ was, flow }) => !sameValue([was.analysis, was.pictures], [flow.analysis, flow.pictures]))
      .map(({ flow }): Step => ({ do: "setAnalysis", flowId: flow.id, analysis: flow.analysis, pictures: flow.pictures })),
    ...closing.map((flow): Step => ({ do: "closeFlow", flowId: flow.id })),
    ...removals.filter(({ tap }) => !tap).map(({ step }) => step),
    ...last,
    ...switches.filter(({ flow }) => comesLast(last, flow)).map(({ flow }) => switchTo(flow)),
  ];
};

type Part = { part: PartSpec; direction: Direction };
type Change = { was: FlowSpec; flow: FlowSpec; coming: Part[]; replaced: Part[]; gone: Part[]; leaving: Part[] };

const changesOf = (was: FlowSpec, flow: FlowSpec): Change => {
  const old = partsOf(was);
  const fresh = partsOf(flow).filter((one) => !old.some((other) => samePart(one, other)));
  const leaving = old.filter((one) => !partsOf(flow).some((other) => samePart(one, other)));
  return {
    was,
    flow,
    coming: fresh.filter((one) => !leaving.some((other) => sameName(one, other))),
    replaced: fresh.filter((one) => leaving.some((other) => sameName(one, other))),
    gone: leaving.filter((one) => !fresh.some((other) => sameName(one, other))),
    leaving,
  };
};

/** Ports that are given up by the change. */
class Claims {
  readonly #of: ClaimsOf;
  readonly #leaving = new Set<string>();

  constructor(of: ClaimsOf) {
    this.#of = of;
  }

  leave(parts: readonly Part[]): void {
    for (const { part, direction } of parts) {
      for (const claim of this.#of(part, direction)) {
        this.#leaving.add(claim);
      }
    }
  }

  leaveFlow(flow: FlowSpec): void {
    this.leave(partsOf(flow));
  }

  waits(parts: readonly Part[]): boolean {
    return parts.some(({ part, direction }) => this.#of(part, direction).some((claim) => this.#leaving.has(claim)));
  }
}

/** Inputs come before outputs, so that a new output finds a bus that already moves. */
const partsOf = (flow: FlowSpec): Part[] => [
  ...flow.inputs.map((part): Part => ({ part, direction: "input" })),
  ...flow.outputs.map((part): Part => ({ part, direction: "output" })),
];

const switchTo = (flow: FlowSpec): Step => ({ do: "switchInput", flowId: flow.id, inputId: flow.active });

const isTap = (part: PartSpec, direction: Direction): boolean => direction === "input" && sourceOf(part) !== undefined;

/** The input that is to be active is opened late. */
const comesLast = (last: readonly Step[], flow: FlowSpec): boolean =>
  last.some((step) => step.do === "addPart" && step.flowId === flow.id && step.direction === "input" && step.part.id === flow.active);

/** The bus cannot change under its readers: another size is another flow. */
const sameFrame = (a: FlowSpec, b: FlowSpec | undefined): boolean =>
  b !== undefined && a.bus.bytes === b.bus.bytes && a.bus.packets === b.bus.packets && a.queue === b.queue;

const sameName = (a: Part, b: Part): boolean => a.part.id === b.part.id && a.direction === b.direction;

const samePart = (a: Part, b: Part): boolean =>
  sameName(a, b) && a.part.kind === b.part.kind && sameValue([a.part.config, a.part.share], [b.part.config, b.part.share]);

/** Equality of configuration values: key order does not matter, an absent key and `undefined` are one. */
const sameValue = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) {
    return true;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return false;
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameValue(left[key], right[key]));
};
