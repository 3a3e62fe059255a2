import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { usePrefs } from "../prefs/prefs.tsx";
import { shortNumber } from "../words/numbers.ts";
import { clockText } from "../words/times.ts";
import type { ChartProps, Line, Moment } from "./chart.tsx";

/** All charts of a page share one cursor. */
const SYNC = "page";

const inkOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const NO_MOMENTS: readonly Moment[] = [];

/** The drawing of a chart: what stands around it is loaded before. */
export const ChartPlot = ({ at, lines, limit, moments = NO_MOMENTS, height = 120 }: ChartProps) => {
  const box = useRef<HTMLDivElement>(null);
  const { zone, theme } = usePrefs();
  useEffect(() => {
    const element = box.current;
    if (element === null) {
      return undefined;
    }
    const plot = new uPlot(optionsOf({ lines, limit, moments, zone, width: element.clientWidth, height }), dataOf(at, lines), element);
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [at, lines, limit, moments, zone, theme, height]);
  return <div ref={box} style={{ height }} aria-hidden />;
};

const dataOf = (at: readonly number[], lines: readonly Line[]): uPlot.AlignedData => [
  at.map((time) => time / 1_000),
  ...lines.map((line) => [...line.values]),
];

type Options = {
  lines: readonly Line[];
  limit: number | undefined;
  moments: readonly Moment[];
  zone: string | undefined;
  width: number;
  height: number;
};

const optionsOf = ({ lines, limit, moments, zone, width, height }: Options): uPlot.Options => {
  const axis = {
    stroke: inkOf("--text-3"),
    grid: { stroke: inkOf("--grid"), width: 1 },
    ticks: { show: false },
    font: `11px ${inkOf("--mono")}`,
  };
  return {
    width,
    height,
    padding: [6, 20, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: SYNC }, points: { show: false }, drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high, limit ?? 0) * 1.1 || 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, splits) => splits.map((time) => clockText(time * 1_000, zone).slice(0, 5)),
        space: 80,
        size: 20,
      },
      { ...axis, size: 44, space: 34, values: (_, splits) => splits.map(shortNumber) },
    ],
    series: [
      {},
      ...lines.map((line, i) => ({
        label: line.name,
        stroke: inkOf(`--series-${line.series ?? i + 1}`),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, limit, moments)] },
  };
};

const drawMarks = (plot: uPlot, limit: number | undefined, moments: readonly Moment[]): void => {
  const { ctx, bbox } = plot;
  ctx.save();
  if (limit !== undefined) {
    const y = plot.valToPos(limit, "y", true);
    ctx.strokeStyle = inkOf("--warn-ink");
    ctx.setLineDash([4, 3]);
    strokeLine(ctx, bbox.left, y, bbox.left + bbox.width, y);
  }
  ctx.strokeStyle = inkOf("--text-3");
  ctx.setLineDash([1, 3]);
  for (const { at } of moments) {
    const x = plot.valToPos(at / 1_000, "x", true);
    if (x >= bbox.left && x <= bbox.left + bbox.width) {
      strokeLine(ctx, x, bbox.top, x, bbox.top + bbox.height);
    }
  }
  ctx.restore();
};

const strokeLine = (ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void => {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
};
