import { setTimeout as sleep } from "node:timers/promises";
import type { BenchOptions } from "../main.ts";
import { median, type Report } from "../report.ts";
import { cpuSeconds, launchEdge, megabytesOfAll, residentMegabytes, type LaunchedEdge } from "./launched.ts";

// npm run bench -- edge: what an edge costs before the first packet: start, memory, the stats of every second.

const START_FLOWS = 200;
const STATS_FLOWS = 500;
/** Half of the usual ring: a lane's memory holds some four hundred of the usual. */
const STATS_BUS_PACKETS = 2_048;
/** Seconds after the start until memory and CPU are what they will be. */
const SETTLE = 5;

type Start = { milliseconds: number; megabytes: number; withLauncher: number };
type StatsCost = { alone: number; read: number; others: number; megabytes: number };

/** Measures starts of an empty and of a full edge, and the CPU of one that has many idle flows. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const rounds = options.quick ? 1 : (options.rounds ?? 3);
  const seconds = options.quick ? 3 : (options.seconds ?? 10);
  const flows = options.quick ? 20 : START_FLOWS;
  const many = options.quick ? 50 : STATS_FLOWS;
  const empty: Start[] = [];
  const full: Start[] = [];
  for (let round = 0; round < rounds; round++) {
    empty.push(await startOf(0));
    full.push(await startOf(flows));
  }
  const cost = await statsCost(many, seconds);
  const middle = (starts: readonly Start[], of: (start: Start) => number): number => median(starts.map(of));
  const emptyMegabytes = middle(empty, ({ megabytes }) => megabytes);
  const figures = {
    startMs: Math.round(middle(full, ({ milliseconds }) => milliseconds)),
    startEmptyMs: Math.round(middle(empty, ({ milliseconds }) => milliseconds)),
    restMegabytes: Math.round(emptyMegabytes),
    restWithLauncherMegabytes: Math.round(middle(empty, ({ withLauncher }) => withLauncher)),
    flowKilobytes: Math.round(((cost.megabytes - emptyMegabytes) * 1024) / many),
    statsPercent: rounded(cost.alone),
    statsReadPercent: rounded(cost.read),
    lanesPercent: rounded(cost.others),
  };
  return {
    tables: [
      {
        title: "An edge before its first packet",
        head: ["what", "measured", "goal"],
        rows: [
          [`start with ${flows} flows`, `${figures.startMs} ms`, "2000 ms"],
          ["start without flows", `${figures.startEmptyMs} ms`, ""],
          ["memory at rest, without flows", `${figures.restMegabytes} MB`, "200 MB"],
          ["  and its launcher", `${figures.restWithLauncherMegabytes} MB`, ""],
          [`memory of an idle flow, of ${many}`, `${figures.flowKilobytes} kB`, "300 kB"],
          [`stats of ${many} flows, each second`, `${figures.statsPercent} % of a core`, "3 %"],
          ["  and a reader over WebSocket", `${figures.statsReadPercent} % of a core`, ""],
          ["  all other threads meanwhile", `${figures.lanesPercent} % of a core`, ""],
        ],
      },
    ],
    figures,
    notes: [`Medians of ${rounds} starts; CPU over ${seconds} s. Idle flows of one UDP input and one UDP output.`],
  };
};

const startOf = async (flows: number): Promise<Start> => {
  const edge = await launchEdge(flows);
  try {
    await sleep(SETTLE * 1_000);
    return { milliseconds: edge.startedAfter, megabytes: residentMegabytes(edge.pid), withLauncher: megabytesOfAll(edge) };
  } finally {
    await edge.stop();
  }
};

const statsCost = async (flows: number, seconds: number): Promise<StatsCost> => {
  const edge = await launchEdge(flows, STATS_BUS_PACKETS);
  try {
    await sleep(SETTLE * 1_000);
    const megabytes = residentMegabytes(edge.pid);
    const alone = await percentOver(edge, () => sleep(seconds * 1_000));
    let frames = 0;
    const reader = new WebSocket(`${edge.address.replace("http", "ws")}/api/v1/ws/stats`);
    reader.addEventListener("message", () => (frames += 1));
    const read = await percentOver(edge, () => sleep(seconds * 1_000));
    reader.close();
    if (frames < seconds - 1) {
      throw new Error(`${frames} frames of stats came in ${seconds} seconds`);
    }
    return { alone: alone.main, others: alone.others, read: read.main, megabytes };
  } finally {
    await edge.stop();
  }
};

/** Percent of a core that the main thread, and all others, took while something was done. */
const percentOver = async (edge: LaunchedEdge, during: () => Promise<void>): Promise<{ main: number; others: number }> => {
  const before = cpuSeconds(edge.pid);
  const begun = performance.now();
  await during();
  const after = cpuSeconds(edge.pid);
  const elapsed = (performance.now() - begun) / 1_000;
  return { main: ((after.main - before.main) / elapsed) * 100, others: ((after.others - before.others) / elapsed) * 100 };
};

const rounded = (value: number): number => Math.round(value * 100) / 100;
