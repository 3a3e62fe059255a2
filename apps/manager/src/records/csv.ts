/** What a spreadsheet takes for the beginning of a formula; some also take the wide forms for it. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A table for spreadsheets (RFC 4180). A cell that one of them would carry out is a text with an apostrophe before it. */
export const csvOf = (columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string =>
  [columns, ...rows.map((row) => columns.map((column) => cellOf(row[column])))]
    .map((cells) => `${cells.map(quoted).join(",")}\r\n`)
    .join("");

const cellOf = (value: unknown): string => {
  const text = typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);
  return typeof value !== "number" && FORMULA.test(text) ? `'${text}` : text;
};

const quoted = (cell: string): string => (/[",\r\n']/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
