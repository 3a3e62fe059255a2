/** What stands where nothing is known: never a zero. */
export const DASH = "–";

/** `18.4`, `142`, `0`: Mbit/s with three figures. */
export const megabits = (bps: number | null | undefined): string => {
  if (bps === null || bps === undefined) {
    return DASH;
  }
  const value = bps / 1_000_000;
  return value === 0 ? "0" : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

/** `9 000`, in groups of three with spaces that do not break. */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");

export const percent = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined ? DASH : value.toFixed(digits);

/** `3 nodes`, `1 node`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${grouped(count)} ${count === 1 ? one : many}`;

/** `r.kaur` and `Rosa Kaur` are RK. */
export const initialsOf = (name: string): string =>
  name
    .split(/[\s._-]+/)
    .filter((part) => part !== "")
    .slice(0, 2)
    .map((part) => Array.from(part)[0]?.toUpperCase() ?? "")
    .join("");

/** Three figures at most: 412, 18.4, 0.02. */
export const shortNumber = (value: number): string => {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2).replace(/\.?0+$/, "");
};
