import { isJsonObject, type Json } from "../live/merge-patch.ts";
import type { Path } from "./edit.ts";
import type { ChoiceField, Field, GroupField, ListField, NumberField, TextField, VariantsField } from "./field.ts";
import { FORMATS } from "./formats.ts";
import { shownOf } from "./text.ts";

/** Something that the node would refuse, and what would be right. */
export type Problem = { path: Path; message: string; code?: string };

/** What is wrong with the fields of an object, in their order. What the schema cannot say, the node's own check does. */
export const problemsOf = (fields: readonly Field[], value: Json | undefined, path: Path = []): Problem[] =>
  fields.flatMap((field) => {
    const own = isJsonObject(value) && Object.hasOwn(value, field.key) ? value[field.key] : undefined;
    return problemsOfField(field, own, [...path, field.key]);
  });

export const problemsOfField = (field: Field, value: Json | undefined, path: Path): Problem[] => {
  if (value === undefined) {
    return field.isRequired ? [{ path, message: `${field.title} is needed.`, code: "field_required" }] : [];
  }
  const says = (message: string | undefined): Problem[] => (message === undefined ? [] : [{ path, message }]);
  switch (field.kind) {
    case "text":
      return says(textProblem(field, value));
    case "number":
      return says(numberProblem(field, value));
    case "choice":
      return says(choiceProblem(field, value));
    case "switch":
      return says(typeof value === "boolean" ? undefined : "On or off: true or false.");
    case "group":
      return groupProblems(field, value, path);
    case "variants":
      return variantProblems(field, value, path);
    case "list":
      return listProblems(field, value, path);
    case "table":
      return isJsonObject(value)
        ? Object.entries(value).flatMap(([key, each]) => problemsOfField(field.item, each, [...path, key]))
        : says("Must be a table of names and values.");
    case "json":
      return [];
  }
};

const textProblem = (field: TextField, value: Json): string | undefined => {
  if (typeof value !== "string") {
    return "Must be text.";
  }
  const length = Array.from(value).length;
  if (length < field.minLength) {
    return field.minLength === 1 ? `${field.title} must not be empty.` : `Use at least ${field.minLength} characters; it has ${length}.`;
  }
  if (length > field.maxLength) {
    return `Use at most ${field.maxLength} characters; it has ${length}.`;
  }
  const format = field.format === undefined ? undefined : FORMATS[field.format];
  if (format !== undefined && !format.fits(value)) {
    return format.remedy;
  }
  return field.pattern === undefined || matches(field.pattern, value)
    ? undefined
    : `This does not have the right form. ${field.description}`.trim();
};

const matches = (pattern: string, value: string): boolean => {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    // A pattern of another dialect: the node will say.
    return true;
  }
};

const numberProblem = (field: NumberField, value: Json): string | undefined => {
  if (typeof value !== "number") {
    return "Must be a number.";
  }
  if (field.isWhole && !Number.isInteger(value)) {
    return "Use a whole number.";
  }
  const { min, max, over, under } = field;
  const isInside =
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (over === undefined || value > over) &&
    (under === undefined || value < under);
  return isInside ? undefined : `Use ${rangeOf(field)}.`;
};

/** `20 to 8000 ms`, `more than 0`; empty where there is no bound. */
export const rangeOf = ({ min, max, over, under, unit }: NumberField): string => {
  const low = min ?? (over === undefined ? undefined : `more than ${over}`);
  const high = max ?? (under === undefined ? undefined : `less than ${under}`);
  const suffix = unit === undefined ? "" : ` ${unit}`;
  if (low === undefined || high === undefined) {
    const from = low === undefined ? "" : typeof low === "number" ? `${low} or more` : low;
    const to = high === undefined ? "" : typeof high === "number" ? `${high} or less` : high;
    return from === "" && to === "" ? "" : `${from}${to}${suffix}`;
  }
  return `${low} to ${high}${suffix}`;
};

const choiceProblem = (field: ChoiceField, value: Json): string | undefined =>
  field.options.some((option) => option.value === value)
    ? undefined
    : `Choose one of ${field.options.map((option) => shownOf(field, option.value)).join(", ")}.`;

const groupProblems = (field: GroupField, value: Json, path: Path): Problem[] => {
  if (!isJsonObject(value)) {
    return [{ path, message: "Must be an object with fields." }];
  }
  const known = new Set(field.fields.map(({ key }) => key));
  const strangers = field.takesOthers ? [] : Object.keys(value).filter((key) => !known.has(key));
  return [
    ...problemsOf(field.fields, value, path),
    ...strangers.map((key) => ({ path: [...path, key], message: `There is no field ${key} here: take it out.` })),
  ];
};

const variantProblems = (field: VariantsField, value: Json, path: Path): Problem[] => {
  const tag = isJsonObject(value) ? value[field.tag] : undefined;
  const option = field.options.find((each) => each.value === tag);
  return option === undefined
    ? [{ path: [...path, field.tag], message: `Choose one of ${field.options.map((each) => each.value).join(", ")}.` }]
    : problemsOf(option.fields, value, path);
};

const listProblems = (field: ListField, value: Json, path: Path): Problem[] => {
  if (!Array.isArray(value)) {
    return [{ path, message: "Must be a list." }];
  }
  const entries = value as readonly Json[];
  const inside = entries.flatMap((each, i) => problemsOfField(field.item, each, [...path, i]));
  if (entries.length < field.min) {
    return [{ path, message: `Add ${field.min - entries.length} more: ${field.min} at least.` }, ...inside];
  }
  return field.max !== undefined && entries.length > field.max
    ? [{ path, message: `Take out ${entries.length - field.max}: ${field.max} at most.` }, ...inside]
    : inside;
};
