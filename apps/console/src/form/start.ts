import type { Json, JsonObject } from "../live/merge-patch.ts";
import type { Field } from "./field.ts";

/** What a field holds when a person asks for it: what can only be one thing is there already, the rest waits to be typed. */
export const startOf = (field: Field): Json => {
  switch (field.kind) {
    case "text":
      return "";
    case "number":
      return field.fallback ?? field.min ?? 0;
    case "choice":
      return field.fallback ?? field.options[0]?.value ?? "";
    case "switch":
      return true;
    case "group":
      return startOfFields(field.fields);
    case "variants":
      return startOfVariant(field.tag, field.options[0]);
    case "list":
      return Array.from({ length: field.min }, () => startOf(field.item));
    case "table":
    case "json":
      return {};
  }
};

/** The fields that an object has from its beginning: those that can only be one thing, and what must be there and has parts. */
export const startOfFields = (fields: readonly Field[]): JsonObject =>
  Object.fromEntries(
    fields
      .filter(
        (field) =>
          field.isRequired && (field.kind === "choice" ? field.options.length === 1 : ["group", "variants", "list"].includes(field.kind)),
      )
      .map((field) => [field.key, startOf(field)]),
  );

export const startOfVariant = (tag: string, variant: { value: string; fields: readonly Field[] } | undefined): JsonObject =>
  variant === undefined ? {} : { [tag]: variant.value, ...startOfFields(variant.fields) };
