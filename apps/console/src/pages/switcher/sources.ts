import { isJsonObject, type Json, type JsonObject } from "../../live/merge-patch.ts";

// Flows and inputs of a node's configuration, as it was reported. Another version of an edge may lack any of it.

export type Source = { id: string; name: string; kind: string };
export type SourceFlow = { id: string; name: string; inputs: readonly Source[]; outputs: number; hasSlots: boolean };

const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
const idsOf = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter((each) => typeof each === "string") : [];

/** The flows of a configuration with the inputs that each may carry. */
export const sourcesOf = (config: Json | undefined): SourceFlow[] => {
  if (!isJsonObject(config)) {
    return [];
  }
  const inputs = new Map(
    objectsOf(config["inputs"]).flatMap((input): [string, Source][] => {
      const id = textOf(input["id"]);
      return id === undefined ? [] : [[id, { id, name: textOf(input["name"]) ?? id, kind: textOf(input["type"]) ?? "" }]];
    }),
  );
  return objectsOf(config["flows"]).flatMap((flow) => {
    const id = textOf(flow["id"]);
    return id === undefined
      ? []
      : [
          {
            id,
            name: textOf(flow["name"]) ?? id,
            inputs: idsOf(flow["input_ids"]).map((each) => inputs.get(each) ?? { id: each, name: each, kind: "" }),
            outputs: idsOf(flow["output_ids"]).length,
            hasSlots: isJsonObject(flow["assembly"]),
          },
        ];
  });
};
