/** Objects and lists in each other at most. A configuration has six; what has thousands ends every function that walks through it. */
export const JSON_DEPTH = 64;

/** True for a value with more objects and lists in each other than `most`; the value itself counts. */
export const isDeeperThan = (value: unknown, most: number): boolean => outgrows(value, { depth: most, holders: Number.POSITIVE_INFINITY });

/** True for a parsed JSON value with more objects and lists in each other than `depth`, or more than `holders` of them in all. */
export const outgrows = (value: unknown, most: { depth: number; holders: number }): boolean =>
  isHolder(value) && goesOn(value, most.depth, { left: most.holders });

/** It goes no deeper than `depth`, and makes no lists of what it finds: it reads whatever every node says, each second. */
const goesOn = (holder: Holder, depth: number, count: { left: number }): boolean => {
  if (depth <= 0 || count.left <= 0) {
    return true;
  }
  count.left -= 1;
  if (Array.isArray(holder)) {
    for (const inner of holder) {
      if (isHolder(inner) && goesOn(inner, depth - 1, count)) {
        return true;
      }
    }
    return false;
  }
  for (const key in holder) {
    const inner = holder[key];
    if (isHolder(inner) && goesOn(inner, depth - 1, count)) {
      return true;
    }
  }
  return false;
};

type Holder = Record<string, unknown> | unknown[];

const isHolder = (value: unknown): value is Holder => typeof value === "object" && value !== null;
