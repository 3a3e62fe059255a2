import type { FlowSpec, PartSpec } from "./spec.ts";

/** One step from the flows that run to the flows that are wanted. Data: taken in order, each can be undone by the plan the other way. */
export type Step =
  | { do: "closeFlow"; flowId: string }
  | { do: "openFlow"; flow: FlowSpec }
  | { do: "removeOutput"; flowId: string; partId: string }
  | { do: "removeInput"; flowId: string; partId: string }
  | { do: "addInput"; flowId: string; part: PartSpec }
  | { do: "switchInput"; flowId: string; inputId: string | undefined }
  | { do: "addOutput"; flowId: string; part: PartSpec };

/**
 * What to do, touching only what differs. Everything that goes is let go before anything comes, so that an address can move
 * from one part to another; inputs come before outputs, so that a new output finds a bus that already moves.
 */
export const plan = (current: readonly FlowSpec[], desired: readonly FlowSpec[]): Step[] => {
  const before = new Map(current.map((flow) => [flow.id, flow]));
  const wanted = new Map(desired.map((flow) => [flow.id, flow]));
  const closing: Step[] = [];
  const leaving: Step[] = [];
  const coming: Step[] = [];
  const opening: Step[] = [];
  for (const flow of current) {
    const next = wanted.get(flow.id);
    if (next === undefined || !sameFrame(flow, next)) {
      closing.push({ do: "closeFlow", flowId: flow.id });
    }
  }
  for (const flow of desired) {
    const was = before.get(flow.id);
    if (was === undefined || !sameFrame(was, flow)) {
      opening.push({ do: "openFlow", flow });
    } else {
      changeParts(was, flow, leaving, coming);
    }
  }
  return [...closing, ...leaving, ...coming, ...opening];
};

const changeParts = (was: FlowSpec, flow: FlowSpec, leaving: Step[], coming: Step[]): void => {
  const flowId = flow.id;
  const inputs = difference(was.inputs, flow.inputs);
  const outputs = difference(was.outputs, flow.outputs);
  leaving.push(...outputs.gone.map((part): Step => ({ do: "removeOutput", flowId, partId: part.id })));
  leaving.push(...inputs.gone.map((part): Step => ({ do: "removeInput", flowId, partId: part.id })));
  coming.push(...inputs.fresh.map((part): Step => ({ do: "addInput", flowId, part })));
  const activeWasReplaced = inputs.gone.some((part) => part.id === flow.active);
  if (was.active !== flow.active || activeWasReplaced) {
    coming.push({ do: "switchInput", flowId, inputId: flow.active });
  }
  coming.push(...outputs.fresh.map((part): Step => ({ do: "addOutput", flowId, part })));
};

const difference = (was: readonly PartSpec[], now: readonly PartSpec[]): { gone: PartSpec[]; fresh: PartSpec[] } => ({
  gone: was.filter((part) => !now.some((other) => samePart(part, other))),
  fresh: now.filter((part) => !was.some((other) => samePart(part, other))),
});

/** The bus cannot change under its readers: another size is another flow. */
const sameFrame = (a: FlowSpec, b: FlowSpec): boolean => a.bus.bytes === b.bus.bytes && a.bus.packets === b.bus.packets && a.queue === b.queue;

const samePart = (a: PartSpec, b: PartSpec): boolean => a.id === b.id && a.kind === b.kind && sameValue(a.config, b.config);

/** Equality of configuration values: key order does not matter, an absent key and `undefined` are one. */
export const sameValue = (a: unknown, b: unknown): boolean => {
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
