const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The merge patch (RFC 7396) that makes `after` of `before`; `undefined`: they are alike. Null and absent are the same. */
export const mergePatchOf = (before: unknown, after: unknown): unknown => {
  if (!isObject(before) || !isObject(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  }
  const patch: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[key] ?? null, after[key] ?? null];
    const change = now === null ? (old === null ? undefined : null) : old === null ? now : mergePatchOf(old, now);
    if (change !== undefined) {
      patch[key] = change;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
};
