type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * What makes `after` of `before` (RFC 7396); undefined: nothing. A member that is null in `after` and one that is absent are the same to
 * such a patch: who applies it takes them for the same.
 */
export const mergePatch = (before: Members, after: Members): Members | undefined => {
  let patch: Record<string, unknown> | undefined;
  for (const name of Object.keys(after)) {
    const change = changeOf(before[name], after[name]);
    if (change !== undefined) {
      patch ??= {};
      patch[name] = change;
    }
  }
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name) && before[name] !== undefined && before[name] !== null) {
      patch ??= {};
      patch[name] = null;
    }
  }
  return patch;
};

/** undefined: they are the same. */
const changeOf = (was: unknown, is: unknown): unknown => {
  if (was === is || is === undefined) {
    return is === undefined && was !== undefined && was !== null ? null : undefined;
  }
  if (isMembers(is) && isMembers(was)) {
    return mergePatch(was, is);
  }
  if (is === null) {
    return was === undefined ? undefined : null;
  }
  // Lists go whole; one look at their texts is cheaper than to send them for nothing.
  return typeof is === "object" && typeof was === "object" && JSON.stringify(was) === JSON.stringify(is) ? undefined : is;
};
