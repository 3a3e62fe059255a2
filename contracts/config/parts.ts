import { z } from "zod";
import type { Declaration } from "@bilbycast/engine/transport/declare";

/** An input or an output: the envelope that all share, and the fields of its transport. */
export type Part = {
  type: string;
  id: string;
  name: string;
  /** An input: the one of its flow that is on air. An output: whether it is open. */
  active: boolean;
  /** A tag for people to sort by. */
  group?: string;
  [field: string]: unknown;
};

export type Side = "input" | "output";

/** 1 to 64 characters that a path of the API can name. */
export const partId = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(64)
    .refine((id) => id.isWellFormed() && id !== "." && id !== "..", {
      error: "must be text that an address can name, and neither . nor ..",
    });
/** 1 to 256 characters. */
export const displayName = (): z.ZodString => z.string().min(1).max(256);

/** The kinds that can stand on one side of a flow, in alphabetical order. */
export const kindsOf = (declarations: readonly Declaration[], side: Side): string[] =>
  declarations
    .filter((declaration) => declaration[side] !== undefined)
    .map((declaration) => declaration.kind)
    .toSorted();

/** One schema per kind; keys that no transport declares pass and are kept. */
export const partSchemas = (declarations: readonly Declaration[], side: Side): ReadonlyMap<string, z.ZodType<Part>> =>
  new Map(
    declarations.flatMap((declaration) => {
      const schema = partSchema(declaration, side);
      return schema === undefined ? [] : [[declaration.kind, schema as unknown as z.ZodType<Part>] as const];
    }),
  );

/** The union of all kinds of one side by `type`. */
export const partUnion = (declarations: readonly Declaration[], side: Side): z.ZodType<Part> => {
  const options = declarations.flatMap((declaration) => partSchema(declaration, side) ?? []);
  const [first, ...rest] = options;
  return (first === undefined ? z.never() : z.discriminatedUnion("type", [first, ...rest])) as unknown as z.ZodType<Part>;
};

/** The declared fields of a checked part, as its transport wants them: nothing of the envelope, no unknown key. */
export const transportFields = (declaration: Declaration, side: Side, part: Part): Record<string, unknown> => {
  const fields: Record<string, unknown> = {};
  for (const key of Object.keys(declaration[side]?.shape ?? {})) {
    if (part[key] !== undefined) {
      fields[key] = part[key];
    }
  }
  return fields;
};

const partSchema = (declaration: Declaration, side: Side) => {
  const fields = declaration[side];
  if (fields === undefined) {
    return undefined;
  }
  const what = side === "input" ? "The input of the flow that is on air; at most one has true." : "False keeps the output closed.";
  return z
    .looseObject({
      type: z.literal(declaration.kind),
      id: partId().describe("Unique among all inputs, or among all outputs."),
      name: displayName().describe("Shown to people."),
      active: z.boolean().default(true).describe(what),
      group: z.string().max(64).optional().describe("A tag to sort by."),
      ...fields.shape,
    })
    .meta({ title: `${declaration.title}, ${side}` });
};
