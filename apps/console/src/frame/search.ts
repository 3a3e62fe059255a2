/** Reads those words of an address that a page knows, as texts; anything else is left out. */
export const texts =
  <const Keys extends readonly string[]>(...keys: Keys) =>
  (search: Record<string, unknown>): { [K in Keys[number]]?: string } =>
    Object.fromEntries(
      keys.flatMap((key) => {
        const value = search[key];
        return typeof value === "string" && value !== "" ? [[key, value]] : [];
      }),
    ) as { [K in Keys[number]]?: string };

/** Where one goes after the login: a path of this console, never another site. */
export const safeNext = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])/.test(next) && !/[\p{Cc}\\]/u.test(next) && !next.startsWith("/login") ? next : "/dashboard";
