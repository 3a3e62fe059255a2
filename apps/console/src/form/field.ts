import type { Json } from "../live/merge-patch.ts";
import { deref, type Schema } from "./schema.ts";
import { wordsOf } from "./words.ts";

type Described = {
  key: string;
  title: string;
  description: string;
  isRequired: boolean;
  isBasic: boolean;
  /** What holds while the field is left out. */
  fallback: Json | undefined;
};

export type TextField = Described & {
  kind: "text";
  isSecret: boolean;
  minLength: number;
  maxLength: number;
  pattern: string | undefined;
  format: string | undefined;
};
export type NumberField = Described & {
  kind: "number";
  unit: string | undefined;
  isWhole: boolean;
  min: number | undefined;
  max: number | undefined;
  /** The bounds themselves are too small and too large. */
  over: number | undefined;
  under: number | undefined;
};
export type ChoiceOption = { value: Json; label: string };
export type ChoiceField = Described & { kind: "choice"; unit: string | undefined; options: readonly ChoiceOption[] };
export type SwitchField = Described & { kind: "switch" };
export type GroupField = Described & { kind: "group"; fields: readonly Field[]; takesOthers: boolean };
export type Variant = { value: string; title: string; fields: readonly Field[] };
export type VariantsField = Described & { kind: "variants"; tag: string; options: readonly Variant[] };
export type ListField = Described & { kind: "list"; item: Field; min: number; max: number | undefined };
/** An object whose keys are free: a number of a program, a PID. */
export type TableField = Described & { kind: "table"; item: Field };
/** What no control fits: as JSON. */
export type JsonField = Described & { kind: "json" };

export type Field = TextField | NumberField | ChoiceField | SwitchField | GroupField | VariantsField | ListField | TableField | JsonField;

/** The fields of an object's schema, in its order. `type` of a part is chosen by a control of its own: leave it out by name. */
export const fieldsOf = (root: Schema, schema: Schema, without: readonly string[] = []): Field[] =>
  Object.entries(schema.properties ?? {})
    .filter(([key]) => !without.includes(key))
    .map(([key, property]) => fieldOf(root, key, property, schema.required?.includes(key) === true && property.default === undefined));

export const fieldOf = (root: Schema, key: string, given: Schema, isRequired: boolean): Field => {
  const schema = deref(root, given);
  const described: Described = {
    key,
    title: schema.title ?? wordsOf(key),
    description: schema.description ?? "",
    isRequired,
    isBasic: isRequired || schema.basic === true,
    fallback: schema.default,
  };
  return controlOf(root, described, schema);
};

const controlOf = (root: Schema, described: Described, schema: Schema): Field => {
  const values = valuesOf(schema);
  if (values !== undefined) {
    return { ...described, kind: "choice", unit: schema.unit, options: values.map((value) => ({ value, label: labelOf(value) })) };
  }
  const variants = variantsOf(root, described, schema);
  if (variants !== undefined) {
    return variants;
  }
  switch (schema.type) {
    case "boolean":
      return { ...described, kind: "switch" };
    case "integer":
    case "number":
      return numberOf(described, schema);
    case "string":
      return textOf(described, schema);
    case "array":
      return schema.items === undefined
        ? { ...described, kind: "json" }
        : {
            ...described,
            kind: "list",
            item: fieldOf(root, "", schema.items, true),
            min: schema.minItems ?? 0,
            max: schema.maxItems,
          };
    case "object":
      return objectOf(root, described, schema);
    default:
      return { ...described, kind: "json" };
  }
};

/** The few values of an enumeration, however the schema writes it. */
const valuesOf = (schema: Schema): readonly Json[] | undefined => {
  const options = schema.anyOf ?? schema.oneOf;
  if (options?.every((option) => option.const !== undefined) === true) {
    return options.flatMap((option) => option.const ?? []);
  }
  return schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
};

const textOf = (described: Described, schema: Schema): TextField => ({
  ...described,
  kind: "text",
  isSecret: schema.secret === true,
  minLength: schema.minLength ?? 0,
  maxLength: schema.maxLength ?? Number.POSITIVE_INFINITY,
  pattern: schema.pattern,
  format: schema.format,
});

const numberOf = (described: Described, schema: Schema): NumberField => ({
  ...described,
  kind: "number",
  unit: schema.unit,
  isWhole: schema.type === "integer",
  min: realBound(schema.minimum),
  max: realBound(schema.maximum),
  over: realBound(schema.exclusiveMinimum),
  under: realBound(schema.exclusiveMaximum),
});

/** The bounds that every whole number of JavaScript has say nothing. */
const realBound = (bound: number | undefined): number | undefined =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;

const objectOf = (root: Schema, described: Described, schema: Schema): Field => {
  const others = schema.additionalProperties;
  if (schema.properties !== undefined && Object.keys(schema.properties).length > 0) {
    return { ...described, kind: "group", fields: fieldsOf(root, schema), takesOthers: others !== false };
  }
  return typeof others === "object" && Object.keys(others).length > 0
    ? { ...described, kind: "table", item: fieldOf(root, "", others, true) }
    : { ...described, kind: "json" };
};

/** Objects that one field tells apart, as `mode` or `type` does; `undefined` for any other union. */
const variantsOf = (root: Schema, described: Described, schema: Schema): VariantsField | undefined => {
  const options = (schema.oneOf ?? schema.anyOf ?? []).map((option) => deref(root, option));
  const tag = Object.keys(options[0]?.properties ?? {}).find((key) =>
    options.every((option) => typeof option.properties?.[key]?.const === "string"),
  );
  if (tag === undefined || options.length < 2) {
    return undefined;
  }
  return {
    ...described,
    kind: "variants",
    tag,
    options: options.map((option) => {
      const value = shownOfTag(option.properties?.[tag]?.const);
      return { value, title: option.title ?? wordsOf(value), fields: fieldsOf(root, option, [tag]) };
    }),
  };
};

const shownOfTag = (value: Json | undefined): string => (typeof value === "string" ? value : "");

const labelOf = (value: Json): string => (typeof value === "string" ? wordsOf(value) : JSON.stringify(value));
