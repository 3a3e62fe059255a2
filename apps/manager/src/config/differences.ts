import type { Difference } from "@bilbycast/contracts/manager-api";
import { MASKED } from "../audit/differences.ts";
import { isSame, membersOf, pointerOf } from "./keyed.ts";

/** Of one change; more than that nobody reads. */
const MOST = 1_000;

/** Fields that differ, each with its path by names and ids. `secrets`: names of fields whose values are masked, in lower case. */
export const differencesOf = (before: unknown, after: unknown, secrets: ReadonlySet<string>): Difference[] => {
  const found: Difference[] = [];
  compare(before, after, [], secrets, found);
  return found;
};

const compare = (before: unknown, after: unknown, path: readonly string[], secrets: ReadonlySet<string>, found: Difference[]): void => {
  if (found.length >= MOST || isSame(before, after)) {
    return;
  }
  const [old, young] = [membersOf(before), membersOf(after)];
  if (before === undefined || after === undefined || old === undefined || young === undefined) {
    found.push({
      path: pointerOf(path),
      kind: before === undefined ? "added" : after === undefined ? "removed" : "changed",
      ...(before === undefined ? {} : { before: masked(before, path.at(-1), secrets) }),
      ...(after === undefined ? {} : { after: masked(after, path.at(-1), secrets) }),
    });
    return;
  }
  for (const name of new Set([...old.keys(), ...young.keys()])) {
    compare(old.get(name), young.get(name), [...path, name], secrets, found);
  }
};

/** The value with every secret in it masked. */
export const masked = (value: unknown, name: string | undefined, secrets: ReadonlySet<string>): unknown => {
  if (name !== undefined && secrets.has(name.toLowerCase()) && value !== null && value !== "") {
    return MASKED;
  }
  if (Array.isArray(value)) {
    return value.map((entry) => masked(entry, undefined, secrets));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, masked(member, key, secrets)]));
  }
  return value;
};
