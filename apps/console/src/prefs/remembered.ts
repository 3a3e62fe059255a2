/** A filter of a list that somebody has given a name: words of the address of that page. */
export type SavedFilter = { name: string; search: Readonly<Record<string, string>> };
export type FilteredPage = "nodes" | "flows" | "alarms";
export type SavedFilters = Readonly<Partial<Record<FilteredPage, readonly SavedFilter[]>>>;

/** What the console remembers of its user. */
export type Prefs = {
  theme: "system" | "dark" | "light" | "contrast";
  density: "normal" | "compact" | "touch";
  /** How the dashboard opens. */
  dashboard: "table" | "cards" | "wall";
  /** `undefined`: all groups. */
  group: string | undefined;
  /** IANA name; `undefined`: the browser's. */
  zone: string | undefined;
  filters: SavedFilters;
  /** What was found or run last: of this browser alone. */
  recent: readonly string[];
  /** How wide panes are, in CSS pixels: of this browser, which has its own screen. */
  panes: Readonly<Record<string, number>>;
};

export const DEFAULTS: Prefs = {
  theme: "system",
  density: "normal",
  dashboard: "table",
  group: undefined,
  zone: undefined,
  filters: {},
  recent: [],
  panes: {},
};

/** Filters that one page remembers, and characters of their names. */
export const MOST_FILTERS = 20;
export const MOST_NAME = 40;

type Reader = (value: unknown) => unknown;

const oneOf =
  (...values: readonly string[]): Reader =>
  (value) =>
    values.find((each) => each === value);
const text: Reader = (value) => (typeof value === "string" && value !== "" ? value : undefined);

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
};

const readFilters: Reader = (value) => {
  const pages = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  return Object.fromEntries(
    (["nodes", "flows", "alarms"] as const).flatMap((page) => {
      const list = pages[page];
      return Array.isArray(list) ? [[page, list.flatMap((each) => readFilter(each)).slice(0, MOST_FILTERS)]] : [];
    }),
  );
};

const readFilter = (value: unknown): SavedFilter[] => {
  const { name, search } = (value ?? {}) as { name?: unknown; search?: unknown };
  return typeof name === "string" && typeof search === "object" && search !== null
    ? [
        {
          name,
          search: Object.fromEntries(Object.entries(search).filter(([, each]) => typeof each === "string")),
        },
      ]
    : [];
};

/** By the key that the manager knows it by: the field, and how what is kept there is read. Another version of a console may have written anything. */
const KEPT: Readonly<Record<string, { field: Exclude<keyof Prefs, "recent" | "panes">; read: Reader }>> = {
  theme: { field: "theme", read: oneOf("system", "dark", "light", "contrast") },
  density: { field: "density", read: oneOf("normal", "compact", "touch") },
  dashboard: { field: "dashboard", read: oneOf("table", "cards", "wall") },
  active_group: { field: "group", read: text },
  zone: { field: "zone", read: (value) => (typeof value === "string" && isZone(value) ? value : undefined) },
  saved_filters: { field: "filters", read: readFilters },
};

/** What of a change the manager is to keep: key and value; null where nothing is chosen any more. */
export const keptOf = (change: Partial<Prefs>): [key: string, value: unknown][] =>
  Object.entries(KEPT).flatMap(([key, { field }]) => (field in change ? [[key, change[field] ?? null] as [string, unknown]] : []));

/** What the manager keeps, over what is known here; `without`: keys that are on their way there. */
export const withKept = (prefs: Prefs, kept: Readonly<Record<string, unknown>>, without: ReadonlySet<string>): Prefs => {
  const fields = Object.entries(KEPT).flatMap(([key, { field, read }]) =>
    Object.hasOwn(kept, key) && !without.has(key) ? [[field, read(kept[key]) ?? DEFAULTS[field]]] : [],
  );
  return { ...prefs, ...(Object.fromEntries(fields) as Partial<Prefs>) };
};

/** The filters of a page with one more; one of the same name is another one now. */
export const withFilter = (filters: SavedFilters, page: FilteredPage, filter: SavedFilter): SavedFilters => ({
  ...filters,
  [page]: [...(filters[page] ?? []).filter(({ name }) => name !== filter.name), filter].slice(-MOST_FILTERS),
});

export const withoutFilter = (filters: SavedFilters, page: FilteredPage, name: string): SavedFilters => ({
  ...filters,
  [page]: (filters[page] ?? []).filter((each) => each.name !== name),
});

/** Whether these words of an address say the same; empty ones say nothing. */
export const isSameSearch = (
  one: Readonly<Record<string, string | undefined>>,
  other: Readonly<Record<string, string | undefined>>,
): boolean => {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => (one[key] ?? "") === (other[key] ?? ""));
};
