import type { Declaration } from "@bilbycast/engine/transport/declare";
import { isObject, objectsIn, type ConfigDocument } from "./document.ts";
import type { Side } from "./parts.ts";
import { flowSchema, headSchema, serverSchema } from "./shape.ts";

/** Paths of everything in a flat document that is kept as it is and not used by this version. */
export const keptButUnused = (document: ConfigDocument, declarations: readonly Declaration[]): string[] => {
  const server = document["server"];
  return [
    ...unknownKeys(document, [...Object.keys(headSchema.shape), "inputs", "outputs", "flows"], ""),
    ...(isObject(server) ? unknownKeys(server, Object.keys(serverSchema.shape), "server.") : []),
    ...partKeys(document, "input", declarations),
    ...partKeys(document, "output", declarations),
    ...objectsIn(document, "flows").flatMap((flow, index) => unknownKeys(flow, Object.keys(flowSchema.shape), `flows[${index}].`)),
  ];
};

const ENVELOPE = ["type", "id", "name", "active", "group"];

const partKeys = (document: ConfigDocument, side: Side, declarations: readonly Declaration[]): string[] =>
  objectsIn(document, `${side}s`).flatMap((part, index) => {
    const declaration = declarations.find((candidate) => candidate.kind === part["type"]);
    return unknownKeys(part, [...ENVELOPE, ...Object.keys(declaration?.[side]?.shape ?? {})], `${side}s[${index}].`);
  });

const unknownKeys = (object: Record<string, unknown>, known: readonly string[], prefix: string): string[] =>
  Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => prefix + key);
