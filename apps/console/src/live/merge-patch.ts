/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The document after a merge patch (RFC 7396). What the patch does not touch stays the same object, and so does the whole
 * when nothing changed: whoever shows it need not draw anew.
 */
export const mergePatch = (target: Json | undefined, patch: Json): Json => {
  if (!isJsonObject(patch)) {
    return isSame(target, patch) ? (target as Json) : patch;
  }
  const before: JsonObject = isJsonObject(target) ? target : {};
  let changed = target !== before;
  const after: Record<string, Json> = { ...before };
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) {
      changed ||= Object.hasOwn(after, key);
      delete after[key];
      continue;
    }
    const merged = mergePatch(Object.hasOwn(before, key) ? before[key] : undefined, change);
    if (merged !== before[key] || !Object.hasOwn(before, key)) {
      // Not by assignment: a key may be called __proto__.
      Object.defineProperty(after, key, { value: merged, enumerable: true, configurable: true, writable: true });
      changed = true;
    }
  }
  return changed ? after : before;
};

const isSame = (one: Json | undefined, other: Json): boolean =>
  one === other || (typeof one === "object" && typeof other === "object" && JSON.stringify(one) === JSON.stringify(other));
