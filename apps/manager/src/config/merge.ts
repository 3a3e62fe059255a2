import { isObject } from "@bilbycast/contracts/config";
import { isKeyed, isSame, membersOf, pointerOf, type Json } from "./keyed.ts";

export type Conflict = { path: string; base?: unknown; mine?: unknown; theirs?: unknown };
export type Merged = { merged: Json; conflicts: Conflict[] };

/** Mine on top of theirs: what only one side changed since `base` is taken from it; what both changed differently is a conflict, and mine. */
export const mergeThreeWay = (base: Json, mine: Json, theirs: Json): Merged => {
  const conflicts: Conflict[] = [];
  const merged = merge(base, mine, theirs, [], conflicts);
  return { merged: isObject(merged) ? merged : mine, conflicts };
};

const merge = (base: unknown, mine: unknown, theirs: unknown, path: readonly string[], conflicts: Conflict[]): unknown => {
  if (isSame(mine, theirs) || isSame(base, theirs)) {
    return mine;
  }
  if (isSame(base, mine)) {
    return theirs;
  }
  const [own, other] = [membersOf(mine), membersOf(theirs)];
  const former = membersOf(base) ?? new Map<string, unknown>();
  if (own === undefined || other === undefined || Array.isArray(mine) !== Array.isArray(theirs)) {
    conflicts.push({ path: pointerOf(path), ...told("base", base), ...told("mine", mine), ...told("theirs", theirs) });
    return mine;
  }
  const members = [...new Set([...own.keys(), ...other.keys()])].map((name): [string, unknown] => [
    name,
    merge(former.get(name), own.get(name), other.get(name), [...path, name], conflicts),
  ]);
  const kept = members.filter(([, value]) => value !== undefined);
  return Array.isArray(mine) && (isKeyed(mine) || mine.length === 0) ? kept.map(([, value]) => value) : Object.fromEntries(kept);
};

const told = (name: "base" | "mine" | "theirs", value: unknown): Partial<Conflict> => (value === undefined ? {} : { [name]: value });
