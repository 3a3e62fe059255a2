/** Figures of a benchmark by name: what scripts read from its last line. */
export type Figures = Readonly<Record<string, number | string | boolean | undefined>>;

/** A benchmark's result: tables for people, one flat object for programs. */
export type Report = { tables: readonly Table[]; figures: Figures; notes: readonly string[] };

export type Table = { title: string; head: readonly string[]; rows: readonly (readonly string[])[] };

/** The tables, then the notes, then all figures as one line of JSON: always the last. */
export const printReport = (report: Report): void => {
  for (const { title, head, rows } of report.tables) {
    const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
    const line = (cells: readonly string[]): string =>
      cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
    console.log(`\n${title}\n${line(head)}\n${rows.map(line).join("\n")}`);
  }
  console.log(`\n${report.notes.join("\n")}\n`);
  console.log(JSON.stringify(report.figures));
};

/** The middle value, the mean of the two middle ones for an even count; NaN for none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** The value that so many in a hundred do not exceed; NaN for none. */
export const percentile = (values: readonly number[], of: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * of) / 100) - 1)] ?? Number.NaN;
