import { isJsonObject, type Json, type JsonObject } from "../../../live/merge-patch.ts";

/** A flow and the parts that it uses, as they are edited together. */
export type Draft = { flow: JsonObject; inputs: readonly JsonObject[]; outputs: readonly JsonObject[] };

const listOf = (config: JsonObject, key: string): readonly JsonObject[] => {
  const list = config[key];
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
};

export const idOf = (part: JsonObject): string => (typeof part["id"] === "string" ? part["id"] : "");
export const nameOf = (part: JsonObject): string => (typeof part["name"] === "string" && part["name"] !== "" ? part["name"] : idOf(part));
export const kindOf = (part: JsonObject): string => (typeof part["type"] === "string" ? part["type"] : "");

export const partsOf = (config: JsonObject, side: "inputs" | "outputs"): readonly JsonObject[] => listOf(config, side);
export const flowsOf = (config: JsonObject): readonly JsonObject[] => listOf(config, "flows");

const idsOf = (flow: JsonObject, key: string): readonly string[] => {
  const ids = flow[key];
  return Array.isArray(ids) ? (ids as readonly Json[]).filter((id) => typeof id === "string") : [];
};

/** The draft of a flow that the node has. */
export const draftOf = (config: JsonObject, flowId: string): Draft | undefined => {
  const flow = flowsOf(config).find((each) => idOf(each) === flowId);
  return flow === undefined
    ? undefined
    : {
        flow,
        inputs: idsOf(flow, "input_ids").flatMap((id) => partsOf(config, "inputs").filter((part) => idOf(part) === id)),
        outputs: idsOf(flow, "output_ids").flatMap((id) => partsOf(config, "outputs").filter((part) => idOf(part) === id)),
      };
};

export const emptyDraft = (): Draft => ({ flow: { id: "", name: "", enabled: true }, inputs: [], outputs: [] });

/** `World feed dirty` is world-feed-dirty; another one of that name gets a number. */
export const freshId = (name: string, taken: readonly string[]): string => {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 56);
  const base = plain === "" ? "part" : plain;
  let id = base;
  for (let n = 2; taken.includes(id); n += 1) {
    id = `${base}-${n}`;
  }
  return id;
};

/**
 * The node's configuration with the draft in it. Parts that the draft let go stay in the configuration when another flow uses
 * them, and are taken out otherwise.
 */
export const withDraft = (config: JsonObject, draft: Draft, before: Draft | undefined): JsonObject => {
  const flow: JsonObject = { ...draft.flow, input_ids: draft.inputs.map(idOf), output_ids: draft.outputs.map(idOf) };
  const oldId = before === undefined ? idOf(flow) : idOf(before.flow);
  const flows = replaced(flowsOf(config), [flow], [oldId]);
  const used = (key: string): Set<string> => new Set(flows.flatMap((each) => idsOf(each, key)));
  const merge = (side: "inputs" | "outputs", key: string): readonly JsonObject[] => {
    const stillUsed = used(key);
    const letGo = (before?.[side] ?? []).map(idOf).filter((id) => !draft[side].some((part) => idOf(part) === id) && !stillUsed.has(id));
    return replaced(partsOf(config, side), draft[side], letGo);
  };
  return { ...config, inputs: merge("inputs", "input_ids"), outputs: merge("outputs", "output_ids"), flows };
};

/** The list with entries of the same id replaced where they stood, new ones at the end, and some taken out. */
const replaced = (list: readonly JsonObject[], changed: readonly JsonObject[], without: readonly string[]): readonly JsonObject[] => {
  const byId = new Map(changed.map((each) => [idOf(each), each]));
  const kept = list.flatMap((each) => {
    const mine = byId.get(idOf(each));
    if (mine !== undefined) {
      byId.delete(idOf(each));
      return [mine];
    }
    return without.includes(idOf(each)) ? [] : [each];
  });
  return [...kept, ...byId.values()];
};

/** The configuration without a flow and without the parts that only it used. */
export const withoutFlow = (config: JsonObject, flowId: string): JsonObject => {
  const flow = flowsOf(config).find((each) => idOf(each) === flowId);
  const flows = flowsOf(config).filter((each) => idOf(each) !== flowId);
  const keep = (side: "inputs" | "outputs", key: string): readonly JsonObject[] => {
    const own = new Set(flow === undefined ? [] : idsOf(flow, key));
    const others = new Set(flows.flatMap((each) => idsOf(each, key)));
    return partsOf(config, side).filter((part) => !own.has(idOf(part)) || others.has(idOf(part)));
  };
  return { ...config, inputs: keep("inputs", "input_ids"), outputs: keep("outputs", "output_ids"), flows };
};

/** Where a finding of the whole configuration belongs in the draft: `inputs[3].local_addr` to the draft's own input. */
export const placeInDraft = (
  path: string,
  config: JsonObject,
  draft: Draft,
): { step: "flow" | "inputs" | "outputs"; index: number; rest: string } | undefined => {
  const match = /^(?:body\.)?(?:config\.)?(inputs|outputs|flows)\[(\d+)\]\.?(.*)$/.exec(path);
  const [, list, place, rest = ""] = match ?? [];
  if (list === undefined || place === undefined) {
    return undefined;
  }
  const id = idOf(listOf(config, list)[Number(place)] ?? {});
  if (list === "flows") {
    return id === idOf(draft.flow) ? { step: "flow", index: 0, rest } : undefined;
  }
  const side = list as "inputs" | "outputs";
  const index = draft[side].findIndex((part) => idOf(part) === id);
  return index < 0 ? undefined : { step: side, index, rest };
};
