import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf } from "@bilbycast/testkit/peers";
import type { BenchOptions } from "../main.ts";
import { residentMegabytes } from "../edge/launched.ts";
import type { Report } from "../report.ts";
import { Load, statsText, watchers } from "./load.ts";

// npm run bench -- manager: what a manager costs with many nodes that send what our edge sends: its process and its PostgreSQL.

const HOST = new URL("../../apps/manager/test/load-host.ts", import.meta.url).pathname;
const NODES = 1_000;
const FLOWS = 10;
const BROWSERS = 10;
const SETTLE = 10;

type Cost = { own: number; database: number; megabytes: number; ownMegabytes: number; rate: number; browserKilobytes: number };
type Host = { base: string; password: string; nodes: { id: string; secret: string }[] };

/** CPU and memory of the manager's process tree: with its nodes alone, and with browsers that watch them. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const nodes = options.quick ? 20 : NODES;
  const seconds = options.quick ? 3 : (options.seconds ?? 40);
  const text = await statsText(FLOWS);
  const host = spawn(process.execPath, [HOST, String(nodes)], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise<void>((resolve) => host.once("close", () => resolve()));
  try {
    const pid = host.pid ?? 0;
    const known = await firstLine(host.stdout);
    const load = new Load(text);
    await load.connect(known.base, known.nodes);
    load.start();
    await sleep((options.quick ? 1 : SETTLE) * 1_000);
    const alone = await costOver(pid, seconds, load, () => 0);
    const browsers = await watchers(known.base, known.password, BROWSERS);
    await sleep((options.quick ? 1 : SETTLE) * 1_000);
    const watched = await costOver(pid, seconds, load, browsers.bytes);
    browsers.stop();
    load.stop();
    return report(nodes, seconds, text.bytes, alone, watched);
  } finally {
    host.kill("SIGTERM");
    await gone;
  }
};

const firstLine = (stream: NodeJS.ReadableStream): Promise<Host> =>
  new Promise((resolve, reject) => {
    const lines = createInterface({ input: stream });
    lines.once("line", (line) => resolve(JSON.parse(line) as Host));
    lines.once("close", () => reject(new Error("the manager did not start")));
  });

const costOver = async (pid: number, seconds: number, load: Load, bytes: () => number): Promise<Cost> => {
  const from = { own: cpuOf([pid]), database: cpuOf(descendantsOf(pid)), sent: load.sent, at: performance.now(), bytes: bytes() };
  await sleep(seconds * 1_000);
  const took = (performance.now() - from.at) / 1_000;
  const others = descendantsOf(pid);
  return {
    own: ((cpuOf([pid]) - from.own) / took) * 100,
    database: ((cpuOf(others) - from.database) / took) * 100,
    megabytes: [pid, ...others].reduce((sum, each) => sum + (residentMegabytes(each) || 0), 0),
    ownMegabytes: residentMegabytes(pid),
    rate: (load.sent - from.sent) / took,
    browserKilobytes: (bytes() - from.bytes) / took / BROWSERS / 1_024,
  };
};

/** Seconds that processes and those of them that have ended have computed. Hundredths of a second are what the system counts in. */
const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return sum + [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0) / 100;
    } catch {
      return sum;
    }
  }, 0);

const report = (nodes: number, seconds: number, bytes: number, alone: Cost, watched: Cost): Report => {
  const percent = (value: number): string => `${value.toFixed(1)} %`;
  const row = (what: string, of: (cost: Cost) => string): string[] => [what, of(alone), of(watched)];
  return {
    tables: [
      {
        title: `A manager with ${nodes} nodes of ${FLOWS} flows`,
        head: ["what", "no browser", `${BROWSERS} browsers`],
        rows: [
          row("CPU of the manager, of a core", ({ own }) => percent(own)),
          row("CPU of PostgreSQL", ({ database }) => percent(database)),
          row("memory of the manager", ({ ownMegabytes }) => `${Math.round(ownMegabytes)} MB`),
          row("memory of all processes, shared pages counted each time", ({ megabytes }) => `${Math.round(megabytes)} MB`),
          row("statistics taken in a second", ({ rate }) => String(Math.round(rate))),
          row("kB to a browser in a second", ({ browserKilobytes }) => browserKilobytes.toFixed(1)),
        ],
      },
    ],
    figures: {
      nodes,
      managerPercent: Math.round(alone.own * 10) / 10,
      databasePercent: Math.round(alone.database * 10) / 10,
      managerWatchedPercent: Math.round(watched.own * 10) / 10,
      databaseWatchedPercent: Math.round(watched.database * 10) / 10,
      managerMegabytes: Math.round(watched.ownMegabytes),
      allMegabytes: Math.round(watched.megabytes),
    },
    notes: [`${bytes} bytes of statistics each second from each node, flows without traffic; CPU over ${seconds} s of each kind.`],
  };
};
