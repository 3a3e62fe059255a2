/** Objects and lists in each other at most. A configuration has six; what has thousands ends every function that walks through it. */
export const JSON_DEPTH = 64;

/** True for a value with more objects and lists in each other than `most`; the value itself counts. */
export const isDeeperThan = (value: unknown, most: number): boolean => {
  let level: object[] = isHolder(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > most) {
      return true;
    }
    level = level.flatMap((holder) => Object.values(holder).filter(isHolder));
  }
  return false;
};

const isHolder = (value: unknown): value is object => typeof value === "object" && value !== null;
