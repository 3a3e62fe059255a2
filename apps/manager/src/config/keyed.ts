import { createHash } from "node:crypto";
import { isObject } from "@bilbycast/contracts/config";
import { canonicalJson } from "../audit/canonical-json.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Which configuration it is: SHA-256 of its one text. */
export const revisionOf = (config: Json): string => createHash("sha256").update(canonicalJson(config)).digest("hex");

/** Whether a list is one of things with ids, so that its order says nothing and its entries are known by name. */
export const isKeyed = (value: unknown): value is Json[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((entry) => isObject(entry) && typeof entry["id"] === "string") &&
  new Set(value.map((entry) => (entry as Json)["id"])).size === value.length;

/** The members of an object, or the entries of a list of things with ids; undefined for what is one value. */
export const membersOf = (value: unknown): Map<string, unknown> | undefined => {
  if (isKeyed(value)) {
    return new Map(value.map((entry) => [String(entry["id"]), entry]));
  }
  // A list that lost its last entry, or gets its first, is compared with one that has ids.
  if (Array.isArray(value) && value.length === 0) {
    return new Map();
  }
  return isObject(value) ? new Map(Object.entries(value)) : undefined;
};

/** RFC 6901. */
export const pointerOf = (path: readonly string[]): string =>
  path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

export const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
