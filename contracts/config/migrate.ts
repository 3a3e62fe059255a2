import { isObject, type ConfigDocument } from "./document.ts";
import { pathBelow, pathJoin, type ConfigProblem } from "./problem.ts";
import { CONFIG_VERSION } from "./shape.ts";
import { inWordsOfToday } from "./older-words.ts";

/** Where something in a converted document stood in the one that was given. */
export type Origin = { at: string; was: string };

export type Migrated = { document: ConfigDocument; origins: Origin[] };

/** A nested flow of version 1 taken apart. `inputs` and `outputs` are to be added to the lists of the document. */
export type UnnestedFlow = { flow: Record<string, unknown>; inputs: Record<string, unknown>[]; outputs: Record<string, unknown>[] };

/** True when a flow carries its input or its outputs inside, as version 1 writes them. */
export const isNested = (flow: Record<string, unknown>): boolean => "input" in flow || "outputs" in flow;

/**
 * A document of version 1, or one of version 2 with nested flows, as a flat document of version 2. A flat one comes back as it is.
 * Every input gets the id that it brings, else `<flow>-in`, and the name of its flow when it has none. Ids were unique per flow
 * alone: the second of a name gets its flow's id in front. Keys that nobody knows stay where they are.
 */
export const migrate = (old: ConfigDocument): Migrated => {
  const { document: given, origins: renamed } = inWordsOfToday(old);
  const flows = given["flows"];
  if (!Array.isArray(flows) || !flows.some((flow) => isObject(flow) && isNested(flow))) {
    return { document: given["version"] === 1 ? { ...given, version: CONFIG_VERSION } : given, origins: renamed };
  }
  const inputs = listOf(given["inputs"]);
  const outputs = listOf(given["outputs"]);
  const taken = { inputs: idsOf(inputs), outputs: idsOf(outputs) };
  const origins: Origin[] = [...renamed];
  const flat = flows.map((flow: unknown, index) => {
    if (!isObject(flow) || !isNested(flow)) {
      return flow;
    }
    const parts = unnestFlow(flow, taken);
    parts.inputs.forEach((_, i) => origins.push({ at: `inputs[${inputs.length + i}]`, was: `flows[${index}].input` }));
    parts.outputs.forEach((_, i) => origins.push({ at: `outputs[${outputs.length + i}]`, was: `flows[${index}].outputs[${i}]` }));
    parts.inputs.forEach((part) => inputs.push(part));
    parts.outputs.forEach((part) => outputs.push(part));
    return parts.flow;
  });
  const { flows: _, ...rest } = given;
  return {
    document: { ...rest, version: given["version"] === 1 ? CONFIG_VERSION : given["version"], inputs, outputs, flows: flat },
    origins,
  };
};

/** Takes one nested flow apart; `taken` holds the ids that others have, and learns the new ones. */
export const unnestFlow = (nested: Record<string, unknown>, taken: { inputs: Set<string>; outputs: Set<string> }): UnnestedFlow => {
  const { input, outputs: nestedOutputs, ...flow } = nested;
  const flowId = typeof flow["id"] === "string" ? flow["id"] : "";
  const inputs = isObject(input) ? [withInputIdentity(input, flowId, flow["name"], taken.inputs)] : [];
  // An id that stands twice in one flow stays twice, so that the check reports it.
  const given = new Map<string, string>();
  const outputs = listOf(nestedOutputs).map((output) => {
    if (!isObject(output) || typeof output["id"] !== "string") {
      return output as Record<string, unknown>;
    }
    const id = given.get(output["id"]) ?? freeId(output["id"], flowId, taken.outputs);
    given.set(output["id"], id);
    return { ...output, id };
  });
  return {
    flow: {
      ...flow,
      input_ids: [...listOf(flow["input_ids"]), ...inputs.map((part) => part["id"])],
      output_ids: [...listOf(flow["output_ids"]), ...outputs.map((part) => (isObject(part) ? (part["id"] ?? "") : ""))],
    },
    inputs,
    outputs,
  };
};

/** Tells problems in the words of the document that was given: the first origin that a path lies below counts. */
export const inGivenWords = (problems: readonly ConfigProblem[], origins: readonly Origin[]): ConfigProblem[] => {
  const rankByPlace = new Map(origins.map(({ at }, rank): [string, number] => [at, rank]).toReversed());
  return problems.map((problem) => {
    const rank = Math.min(...prefixesOf(problem.path).map((prefix) => rankByPlace.get(prefix) ?? Infinity));
    const origin = origins[rank];
    return origin === undefined ? problem : { ...problem, path: pathJoin(origin.was, pathBelow(problem.path, origin.at) ?? "") };
  });
};

/** Every place that a path lies below, the document and the path itself among them. */
const prefixesOf = (path: string): string[] => ["", ...[...path.matchAll(/[.[]|$/g)].map(({ index }) => path.slice(0, index))];

const withInputIdentity = (
  input: Record<string, unknown>,
  flowId: string,
  flowName: unknown,
  taken: Set<string>,
): Record<string, unknown> => {
  const wanted = typeof input["id"] === "string" ? input["id"] : `${flowId}-in`;
  return { ...input, id: freeId(wanted, flowId, taken), name: input["name"] ?? flowName };
};

/** The longest id that a document may hold. */
const ID_LENGTH = 64;

const freeId = (wanted: string, flowId: string, taken: Set<string>): string => {
  let id = wanted;
  for (let attempt = 1; taken.has(id); attempt++) {
    // Where the flows' own ids are not unique there may be thousands of the same, and each is a step further than the one before.
    const suffix = attempt === 1 ? "" : `-${attempt < 10 ? attempt : taken.size + attempt}`;
    id = `${flowId}-${wanted}`.slice(0, ID_LENGTH - suffix.length) + suffix;
  }
  taken.add(id);
  return id;
};

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? [...value] : []);

const idsOf = (parts: readonly unknown[]): Set<string> =>
  new Set(parts.flatMap((part) => (isObject(part) && typeof part["id"] === "string" ? [part["id"]] : [])));
