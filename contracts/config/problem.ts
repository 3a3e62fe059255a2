import type { z } from "zod";

/** Something wrong with a configuration, told so that the person who wrote it can mend it. */
export type ConfigProblem = {
  /** The field from the top of the document: `inputs[2].bind_addr`, `flows[0].input_ids[1]`; empty for the document as a whole. */
  path: string;
  /** Stable, lower snake case. */
  code: string;
  /** What would be right. Never repeats a value that may be secret. */
  message: string;
};

/** `["flows", 0, "id"]` becomes `flows[0].id`. */
export const pathText = (path: readonly PropertyKey[], start = ""): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") {
      return `${text}[${key}]`;
    }
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, start);

/** The failed check of one value as problems; `start` is where the value stands in the document. */
export const problemsOf = (error: z.ZodError, value: unknown, start: string): ConfigProblem[] =>
  error.issues.map((issue) => {
    const found = valueAt(value, issue.path);
    return { path: pathText(issue.path, start), code: codeOf(issue, found), message: messageOf(issue, found) };
  });

/** The part of `path` behind `prefix`, without a leading dot; `undefined` when the path lies elsewhere. */
export const pathBelow = (path: string, prefix: string): string | undefined => {
  if (prefix === "") {
    return path;
  }
  if (!path.startsWith(prefix)) {
    return undefined;
  }
  const rest = path.slice(prefix.length);
  if (rest === "" || rest.startsWith("[")) {
    return rest;
  }
  return rest.startsWith(".") ? rest.slice(1) : undefined;
};

/** Puts a path that was cut by `pathBelow` behind another prefix. */
export const pathJoin = (prefix: string, rest: string): string => {
  if (prefix === "" || rest === "") {
    return prefix + rest;
  }
  return rest.startsWith("[") ? prefix + rest : `${prefix}.${rest}`;
};

type Issue = z.core.$ZodIssue;

const CODES: Readonly<Record<string, string>> = {
  invalid_type: "field_type",
  too_small: "field_range",
  too_big: "field_range",
  not_multiple_of: "field_range",
  invalid_format: "field_format",
  invalid_value: "field_value",
  unrecognized_keys: "field_unknown",
  custom: "field_value",
};

const codeOf = (issue: Issue, found: unknown): string => {
  if (isMissing(issue, found)) {
    return "field_required";
  }
  return CODES[issue.code] ?? "field_value";
};

const isMissing = (issue: Issue, found: unknown): boolean =>
  found === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value");

/** Sentences of the schema library begin like this; a sentence of the schema's author is kept as it is. */
const LIBRARY_SENTENCE = /^(Invalid|Too|Unrecognized)/;

const messageOf = (issue: Issue, found: unknown): string => {
  if (issue.code === "custom" || !LIBRARY_SENTENCE.test(issue.message)) {
    return isMissing(issue, found) ? `is required: ${issue.message}` : issue.message;
  }
  switch (issue.code) {
    case "invalid_type":
      return found === undefined ? `is required: ${article(issue.expected)}` : `must be ${article(issue.expected)}, not ${nameOf(found)}`;
    case "too_small":
      return boundMessage(issue.origin, "at least", "more than", issue.minimum, issue.inclusive ?? true);
    case "too_big":
      return boundMessage(issue.origin, "at most", "less than", issue.maximum, issue.inclusive ?? true);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_value":
      return found === undefined ? `is required: ${oneOf(issue.values)}` : `must be ${oneOf(issue.values)}`;
    case "invalid_format":
      return `must be a valid ${issue.format}`;
    default:
      return issue.message;
  }
};

const boundMessage = (origin: string, inclusive: string, exclusive: string, bound: number | bigint, isInclusive: boolean): string => {
  const words = isInclusive ? inclusive : exclusive;
  if (origin === "string") {
    return `must have ${words} ${bound} character${Number(bound) === 1 ? "" : "s"}`;
  }
  if (origin === "array" || origin === "set") {
    return `must have ${words} ${bound} element${Number(bound) === 1 ? "" : "s"}`;
  }
  return `must be ${words} ${bound}`;
};

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;

const ARTICLES: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a string",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

const article = (expected: string): string => ARTICLES[expected] ?? expected;

const nameOf = (found: unknown): string => {
  if (found === null) {
    return "null";
  }
  if (typeof found === "number" && !Number.isFinite(found)) {
    return "one without end";
  }
  return Array.isArray(found) ? "a list" : (ARTICLES[typeof found] ?? typeof found);
};

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined), value);
