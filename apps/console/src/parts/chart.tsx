import { lazy, Suspense } from "react";
import { usePrefs } from "../prefs/prefs.tsx";
import { shortNumber } from "../words/numbers.ts";
import { clockText } from "../words/times.ts";
import "./chart.css";

export type Line = { name: string; values: readonly (number | null)[]; series?: 1 | 2 | 3 | 4 };
/** What happened at a time: a take, a change. */
export type Moment = { at: number; name: string };

export type ChartProps = {
  title: string;
  unit: string;
  /** Milliseconds. */
  at: readonly number[];
  lines: readonly Line[];
  /** A dashed line with its number. */
  limit?: number;
  moments?: readonly Moment[];
  height?: number;
};

const ChartPlot = lazy(async () => ({ default: (await import("./chart-plot.tsx")).ChartPlot }));

/** Values over time, from zero, with gaps where nothing is known. The numbers are in a table behind it. */
export const Chart = (given: ChartProps) => {
  const { title, unit, at, lines, height = 120 } = given;
  const { zone } = usePrefs();
  const newest = lines[0]?.values.findLast((value) => value !== null);
  return (
    <figure className="chart">
      <figcaption className="row t12">
        <b className="b">{title}</b>
        <span className="dim">{unit}</span>
        <span className="grow" />
        {lines.length < 2
          ? null
          : lines.map((line, i) => (
              <span key={line.name} className="row legend">
                <i style={{ background: `var(--series-${line.series ?? i + 1})` }} />
                {line.name}
              </span>
            ))}
        <span className="m mid">{newest === undefined || newest === null ? "–" : shortNumber(newest)}</span>
      </figcaption>
      <Suspense fallback={<div style={{ height }} />}>
        <ChartPlot {...given} />
      </Suspense>
      <table className="spoken">
        <caption>
          {title}, {unit}
        </caption>
        <tbody>
          {at
            .filter((_, i) => i % Math.max(1, Math.floor(at.length / 12)) === 0)
            .map((time) => (
              <tr key={time}>
                <th scope="row">{clockText(time, zone)}</th>
                {lines.map((line) => (
                  <td key={line.name}>{line.values[at.indexOf(time)] ?? "no data"}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  );
};
