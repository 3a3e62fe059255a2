/** Values over time; a gap stays one. */
export type Values = readonly (number | undefined)[];

/** The lines of a sparkline, one for each run without a gap, and the area under each. */
export type SparkPath = { lines: string[]; areas: string[] };

/** Draws from zero: a rate that halves is seen to halve. `least` keeps a flat line of small numbers flat. */
export const sparkPath = (values: Values, width: number, height: number, least = 0): SparkPath => {
  const top = Math.max(least, ...values.map((value) => value ?? 0));
  const step = values.length < 2 ? 0 : width / (values.length - 1);
  const y = (value: number): number => (top <= 0 ? height - 1 : height - 1 - (Math.max(0, value) / top) * (height - 2));
  const lines: string[] = [];
  const areas: string[] = [];
  for (const { from, run } of runsOf(values)) {
    const points = run.map((value, i) => `${round((from + i) * step)},${round(y(value))}`);
    // A single value between two gaps is a point, which a line of no length would not show.
    const drawn = points.length === 1 ? [points[0] ?? "", `${round(from * step + 1)},${round(y(run[0] ?? 0))}`] : points;
    lines.push(drawn.join(" "));
    areas.push([`${round(from * step)},${height}`, ...drawn, `${round((from + run.length - 1) * step)},${height}`].join(" "));
  }
  return { lines, areas };
};

const runsOf = (values: Values): { from: number; run: number[] }[] => {
  const runs: { from: number; run: number[] }[] = [];
  let open: { from: number; run: number[] } | undefined;
  values.forEach((value, i) => {
    if (value === undefined) {
      open = undefined;
      return;
    }
    if (open === undefined) {
      open = { from: i, run: [] };
      runs.push(open);
    }
    open.run.push(value);
  });
  return runs;
};

const round = (value: number): number => Math.round(value * 10) / 10;
