import type { z } from "zod";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { isObject, objectsIn, type ConfigDocument } from "./document.ts";
import { flowGroupSchema, flowSchema } from "./flow-shape.ts";
import { partSchemas, type Side } from "./parts.ts";
import { headSchema } from "./shape.ts";
import { probablyMeant } from "./spelling.ts";
import { tunnelSchema } from "./tunnel-shape.ts";

/** A key that this version does not know, and the one that was probably meant. */
export type UnknownKey = { path: string; meant?: string };

/** Paths of everything in a flat document that is kept as it is and not used by this version. */
export const keptButUnused = (document: ConfigDocument, declarations: readonly Declaration[]): string[] => [
  ...unknownKeys(document, declarations).map(({ path }) => path),
  ...knownButUnused(document),
];

/**
 * Every key that this version does not know, at every depth, each with the known one that was probably meant as long as there are
 * not too many. What stands inside an unknown key is not looked at.
 */
export const unknownKeys = (document: ConfigDocument, declarations: readonly Declaration[]): UnknownKey[] =>
  [
    unknownIn(document, [headSchema], "", LISTS),
    partKeys(document, "input", declarations),
    partKeys(document, "output", declarations),
    listKeys(document, "flows", flowSchema),
    listKeys(document, "tunnels", tunnelSchema),
    listKeys(document, "flow_groups", flowGroupSchema),
  ]
    .flat()
    .map(({ path, key, known, others }, index) => {
      const meant = index < GUESSES_MAX ? probablyMeant(key, known) : undefined;
      return meant === undefined || others.includes(meant) ? { path } : { path, meant };
    });

/** Unknown keys that a known one is looked for: no person makes more slips, and each costs time. */
const GUESSES_MAX = 200;

/** A key that its object should not have, with the keys that it might have had, and those that it has besides. */
type Stray = { path: string; key: string; known: readonly string[]; others: readonly string[] };

/** Fields that are checked already, for parts of the product that are not there yet. */
const UNUSED: Readonly<Record<"head" | "flows", readonly string[]>> = {
  head: ["manager", "tunnels"],
  flows: ["assembly", "clock_domain", "recording"],
};

/** Paths of fields that this version knows and does not use yet. */
export const knownButUnused = (document: ConfigDocument): string[] => {
  const isSet = (value: unknown): boolean => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  return [
    ...UNUSED.head.filter((key) => isSet(document[key])),
    ...objectsIn(document, "flows").flatMap((flow, index) =>
      UNUSED.flows.filter((key) => isSet(flow[key])).map((key) => `flows[${index}].${key}`),
    ),
  ];
};

/** Keys of the head that its schema does not have. */
const LISTS = ["inputs", "outputs", "flows", "tunnels", "flow_groups", "generation"];

const listKeys = (document: ConfigDocument, list: string, schema: z.ZodType): Stray[] =>
  objectsIn(document, list).flatMap((entry, index) => unknownIn(entry, [schema], `${list}[${index}].`));

const partKeys = (document: ConfigDocument, side: Side, declarations: readonly Declaration[]): Stray[] => {
  const schemas = partSchemas(declarations, side);
  return objectsIn(document, `${side}s`).flatMap((part, index) => {
    const schema = schemas.get(String(part["type"]));
    return schema === undefined ? [] : unknownIn(part, [schema], `${side}s[${index}].`);
  });
};

type Definition = {
  shape?: Readonly<Record<string, z.ZodType>>;
  innerType?: z.ZodType;
  in?: z.ZodType;
  element?: z.ZodType;
  options?: readonly z.ZodType[];
};

const unknownIn = (value: unknown, schemas: readonly z.ZodType[], prefix: string, more: readonly string[] = []): Stray[] => {
  const definitions = schemas.flatMap(unwrapped);
  if (Array.isArray(value)) {
    const elements = definitions.flatMap(({ element }) => element ?? []);
    return value.flatMap((entry, index) => unknownIn(entry, elements, `${prefix.slice(0, -1)}[${index}].`));
  }
  const shapes = definitions.flatMap(({ shape }) => (shape === undefined ? [] : [shape]));
  // An object without fields of its own, or a record, takes any key.
  if (!isObject(value) || shapes.every((shape) => Object.keys(shape).length === 0)) {
    return [];
  }
  const known = [...new Set([...shapes.flatMap((shape) => Object.keys(shape)), ...more])];
  const others = Object.keys(value);
  return others.flatMap((key): Stray[] => {
    if (known.includes(key)) {
      return unknownIn(
        value[key],
        shapes.flatMap((shape) => shape[key] ?? []),
        `${prefix}${key}.`,
      );
    }
    return [{ path: prefix + key, key, known, others }];
  });
};

/** What lies below optional, default, pipe and union. */
const unwrapped = (schema: z.ZodType): Definition[] => {
  const definition = schema.def as Definition;
  const inner = definition.innerType ?? definition.in;
  if (inner !== undefined) {
    return unwrapped(inner);
  }
  return definition.options === undefined ? [definition] : definition.options.flatMap(unwrapped);
};
