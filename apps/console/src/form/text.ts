import type { Json } from "../live/merge-patch.ts";
import type { Field } from "./field.ts";

/** What a person typed: a value, nothing at all, or something that is none. */
export type Typed = { value: Json | undefined } | { problem: string };

/** What stands in the control for a value. */
export const shownOf = (field: Field, value: Json | undefined): string => {
  if (value === undefined) {
    return "";
  }
  return typeof value === "string" && (field.kind === "text" || field.kind === "choice") ? value : JSON.stringify(value);
};

/** What stands, paler, in a control that is empty. */
export const placeholderOf = (field: Field): string => (field.fallback === undefined ? "" : shownOf(field, field.fallback));

/** The value of what was typed. An empty control leaves the field out, so its default holds. */
export const typedOf = (field: Field, text: string): Typed => {
  if (text === "") {
    return { value: undefined };
  }
  switch (field.kind) {
    case "text":
      return { value: text };
    case "number":
      return numberOf(text);
    case "choice": {
      const option = field.options.find(({ value }) => shownOf(field, value) === text);
      return option === undefined
        ? { problem: `Choose one of ${field.options.map(({ label }) => label).join(", ")}.` }
        : { value: option.value };
    }
    case "switch":
      return text === "true" || text === "false" ? { value: text === "true" } : { problem: "On or off." };
    case "group":
    case "variants":
    case "list":
    case "table":
    case "json":
      return jsonOf(text);
  }
};

/** Decimal point or comma, and a sign. Spaces between groups of digits are what people paste. */
const numberOf = (text: string): Typed => {
  const plain = text.replaceAll(/[\s\u00a0\u202f]/g, "").replace(/^(-?\d+),(\d+)$/, "$1.$2");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) || /^[+-]?0x/i.test(plain) ? { problem: "Write a number, like 120." } : { value };
};

const jsonOf = (text: string): Typed => {
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}.` };
  }
};
