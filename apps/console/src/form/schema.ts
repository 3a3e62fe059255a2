import type { Json } from "../live/merge-patch.ts";

/** As much of JSON Schema (draft 2020-12) as nodes describe their configuration with, and the marks that forms are drawn by. */
export type Schema = {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  /** Of the number: ms, Mbit/s, packets. */
  unit?: string;
  /** Shown to administrators alone, and never in full unless asked for. */
  secret?: boolean;
  /** One of the few fields that most people need. */
  basic?: boolean;
  default?: Json;
  const?: Json;
  enum?: readonly Json[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  $ref?: string;
  $defs?: Readonly<Record<string, Schema>>;
};

/** The schema that a reference leads to, in the document that `root` is. A reference that leads nowhere is anything at all. */
export const deref = (root: Schema, schema: Schema): Schema => {
  let found = schema;
  for (let steps = 0; found.$ref !== undefined && steps < MOST_STEPS; steps += 1) {
    const name = /^#\/\$defs\/(.+)$/.exec(found.$ref)?.[1];
    const { $ref: _, ...own } = found;
    found = { ...(name === undefined ? {} : root.$defs?.[name]), ...own };
  }
  return found;
};

/** References may go in a circle. */
const MOST_STEPS = 16;

/** The schemas of every kind of input or output in a node's configuration schema, by `type`. */
export const partSchemas = (config: Schema, side: "inputs" | "outputs"): ReadonlyMap<string, Schema> => {
  const list = deref(config, config.properties?.[side] ?? {});
  const item = deref(config, list.items ?? {});
  const options = item.oneOf ?? item.anyOf ?? [item];
  return new Map(
    options
      .map((option) => deref(config, option))
      .flatMap((option) => {
        const kind = option.properties?.["type"]?.const;
        return typeof kind === "string" ? [[kind, option] as const] : [];
      }),
  );
};
