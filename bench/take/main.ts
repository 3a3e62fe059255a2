import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BenchOptions } from "../main.ts";
import { median, percentile, type Report } from "../report.ts";

// npm run bench -- take: from the key of a director in a browser to the answer of all nodes, and to the first new datagram of every output;
// and what a frame of the desk costs the browser.

const TAKES = 100;
const QUICK = 3;
const HOUR = fileURLToPath(new URL("../../tools/desk/hour-main.ts", import.meta.url));

type Hour = {
  takes: number;
  clickMs: number[];
  acknowledgedMs: number[];
  verifiedMs: number[];
  shownMs: number[];
  frames: { calm: number[]; pressing: number[] };
};

export const run = async ({ quick, rounds }: BenchOptions): Promise<Report> => {
  const takes = quick ? QUICK : TAKES * (rounds ?? 1);
  const { stdout } = await promisify(execFile)(process.execPath, [HOUR, "--takes", String(takes), "--frames"], { maxBuffer: 2 ** 24 });
  const hour = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Hour;
  const row = (what: string, figures: readonly number[]): string[] => [
    what,
    figures.length.toString(),
    median(figures).toFixed(0),
    percentile(figures, 99).toFixed(0),
    percentile(figures, 100).toFixed(0),
  ];
  return {
    tables: [
      {
        title: "A Take over three edges with two flows each, all on this machine; milliseconds",
        head: ["from the press to", "takes", "p50", "p99", "most"],
        rows: [
          row("the answer that all nodes obeyed, from the key in the browser", hour.clickMs),
          row("the same, in the manager", hour.acknowledgedMs),
          row("the first new datagram of the last output", hour.verifiedMs),
          row("a decoded picture of it on the last output, from the key of the preset", hour.shownMs),
        ],
      },
      {
        title: "A frame of the desk in the browser's main thread, eight live pictures and 64 presets; milliseconds of its processor",
        head: ["while the director", "frames drawn", "p50", "p95", "most"],
        rows: [frameRow("looks", hour.frames.calm), frameRow("loads a preset each second", hour.frames.pressing)],
      },
    ],
    figures: {
      takes: hour.takes,
      click_p50_ms: median(hour.clickMs),
      click_p99_ms: percentile(hour.clickMs, 99),
      first_datagram_p50_ms: median(hour.verifiedMs),
      first_datagram_p99_ms: percentile(hour.verifiedMs, 99),
      frame_p95_ms: percentile(hour.frames.calm, 95),
      frame_pressing_p95_ms: percentile(hour.frames.pressing, 95),
    },
    notes: [
      "Manager, database, four edges with four encoders, Chromium and six decoders share the machine.",
      `Load over the last minute, this bench included: ${loadavg()[0]?.toFixed(1)}.`,
    ],
  };
};

const frameRow = (what: string, frames: readonly number[]): string[] => [
  what,
  frames.length.toString(),
  median(frames).toFixed(1),
  percentile(frames, 95).toFixed(1),
  percentile(frames, 100).toFixed(1),
];
