/**
 * JSON with one text for one value: keys in order, no spaces (RFC 8785, but for numbers that no double holds, which have no place here).
 * `undefined` members are left out.
 */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) {
    return `[${value.map((entry) => canonicalJson(entry ?? null)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value as Record<string, unknown>)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
};

/**
 * The same value as the database can keep it: PostgreSQL's JSON has neither U+0000 nor halves of surrogate pairs, and would refuse the row
 * that somebody wants to be lost.
 */
export const storableJson = (value: unknown): unknown => {
  if (typeof value === "string") {
    return value.toWellFormed().replaceAll("\u0000", "\uFFFD");
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? value : String(value);
  }
  if (Array.isArray(value)) {
    return value.map((entry) => storableJson(entry));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [storableJson(key), storableJson(member)]),
    );
  }
  return value ?? null;
};
