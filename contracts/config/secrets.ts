import type { z } from "zod";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { isObject } from "./document.ts";
import type { Side } from "./parts.ts";

/** A field that administrators alone may see, as its declaration marks it. */
export type SecretField = { side: Side; kind: string; path: readonly string[] };

/** Every secret field of every transport. Fields of nested objects have paths of several steps; a list adds the step `*`. */
export const secretFields = (declarations: readonly Declaration[]): SecretField[] =>
  declarations.flatMap((declaration) =>
    (["input", "output"] as const).flatMap((side) =>
      secretPaths(declaration[side], []).map((path) => ({ side, kind: declaration.kind, path })),
    ),
  );

type Definition = { shape?: Record<string, z.ZodType>; innerType?: z.ZodType; element?: z.ZodType; in?: z.ZodType; options?: z.ZodType[] };

const secretPaths = (schema: z.ZodType | undefined, path: readonly string[]): string[][] => {
  if (schema === undefined) {
    return [];
  }
  if (isObject(schema.meta()) && schema.meta()?.["secret"] === true) {
    return [[...path]];
  }
  const definition = schema.def as Definition;
  const inside = [
    ...Object.entries(definition.shape ?? {}).map(([key, field]) => secretPaths(field, [...path, key])),
    secretPaths(definition.innerType ?? definition.in, path),
    secretPaths(definition.element, [...path, "*"]),
    ...(definition.options ?? []).map((option) => secretPaths(option, path)),
  ];
  return inside.flat();
};
