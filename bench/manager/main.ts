import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchOptions } from "../main.ts";
import type { Figures, Report, Table } from "../report.ts";
import { costOver, startHost, type Cost } from "./host.ts";
import { Load, statsText, type StatsText } from "./load.ts";
import { commandLatency, logIn, watchers, type Latency } from "./people.ts";
import { buildConsole, dashboardCost, VIEWS, type Busy } from "./screen.ts";

// npm run bench -- manager [--only cost,commands,screen]: what a manager costs with many nodes that send what our edge sends, how long a
// command takes while they do, and what its dashboard costs the browser that shows it.

const NODES = 1_000;
const FLOWS = 10;
const BROWSERS = 10;
const IN_FLIGHT = 200;
const SHOWN = 500;
const SETTLE = 10;

type Scale = { nodes: number; shown: number; seconds: number; settle: number };
type Part = { tables: Table[]; figures: Figures; notes: string[] };

export const run = async (options: BenchOptions): Promise<Report> => {
  const scale: Scale = options.quick
    ? { nodes: 20, shown: 20, seconds: 3, settle: 1 }
    : { nodes: NODES, shown: SHOWN, seconds: options.seconds ?? 40, settle: SETTLE };
  const isWanted = (what: string): boolean => options.only.length === 0 || options.only.includes(what);
  const text = await statsText(FLOWS);
  const parts: Part[] = [];
  if (isWanted("cost") || isWanted("commands")) {
    parts.push(...(await managerParts(scale, text, isWanted)));
  }
  if (isWanted("screen")) {
    parts.push(await screenPart(scale, text));
  }
  return {
    tables: parts.flatMap(({ tables }) => tables),
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)) as Figures,
    notes: [
      ...parts.flatMap(({ notes }) => notes),
      `${text.bytes} bytes of statistics each second from each node. Load of the machine over the last minute, this bench included: ${loadavg()[0]?.toFixed(1)}.`,
    ],
  };
};

const managerParts = async (scale: Scale, text: StatsText, isWanted: (what: string) => boolean): Promise<Part[]> => {
  const host = await startHost(scale.nodes);
  const load = new Load(text);
  try {
    await load.connect(host.base, host.nodes);
    const person = await logIn(host.base, host.password);
    const ids = host.nodes.map(({ id }) => id);
    const parts: Part[] = [];
    const command = (kind: "held" | "burst"): Promise<Latency> =>
      commandLatency(person, ids, { kind, inFlight: Math.min(IN_FLIGHT, scale.nodes), seconds: scale.seconds / 2 });
    await sleep(scale.settle * 1_000);
    if (isWanted("commands")) {
      // A manager that has just started compiles what it runs: the first commands of its life are not what is measured.
      await commandLatency(person, ids, { kind: "held", inFlight: Math.min(IN_FLIGHT, scale.nodes), seconds: scale.settle / 2 });
    }
    const idle = isWanted("commands") ? { held: await command("held"), burst: await command("burst") } : undefined;
    load.start();
    await sleep(scale.settle * 1_000);
    if (idle !== undefined) {
      parts.push(commandsPart(scale, idle, { held: await command("held"), burst: await command("burst") }));
    }
    if (isWanted("cost")) {
      const alone = await costOver(host.pid, scale.seconds, load, () => 0, 1);
      const browsers = watchers(person, BROWSERS);
      await sleep(scale.settle * 1_000);
      const watched = await costOver(host.pid, scale.seconds, load, browsers.bytes, BROWSERS);
      browsers.stop();
      parts.push(costPart(scale, alone, watched));
    }
    return parts;
  } finally {
    load.stop();
    await host.stop();
  }
};

const screenPart = async (scale: Scale, text: StatsText): Promise<Part> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-console-"));
  try {
    buildConsole(folder);
    const host = await startHost(scale.shown, folder);
    const load = new Load(text, testPicture());
    try {
      await load.connect(host.base, host.nodes);
      load.start();
      return busyPart(scale, await dashboardCost(await logIn(host.base, host.password), scale.shown, scale.seconds));
    } finally {
      load.stop();
      await host.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** As large as an edge's own. */
const testPicture = (): Buffer => {
  const how = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180", "-frames:v", "1", "-f", "mjpeg", "-"];
  return execFileSync("ffmpeg", how, { maxBuffer: 1_048_576 });
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

const costPart = ({ nodes, seconds }: Scale, alone: Cost, watched: Cost): Part => {
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
      managerPercent: tenths(alone.own),
      databasePercent: tenths(alone.database),
      managerWatchedPercent: tenths(watched.own),
      databaseWatchedPercent: tenths(watched.database),
      managerMegabytes: Math.round(watched.ownMegabytes),
      allMegabytes: Math.round(watched.megabytes),
      browserKilobytes: tenths(watched.browserKilobytes),
    },
    notes: [`Rates move by one per cent from second to second, as they do; CPU over ${seconds} s of each kind.`],
  };
};

type Latencies = { held: Latency; burst: Latency };

const commandsPart = ({ nodes }: Scale, idle: Latencies, busy: Latencies): Part => {
  const row = (what: string, { p50, p99, perSecond, refused, worst }: Latency): string[] => [
    what,
    ...[p50, p99, worst, perSecond, refused].map((value) => value.toFixed(0)),
  ];
  return {
    tables: [
      {
        title: "Milliseconds from the request of a command to its acknowledged answer",
        head: [`${Math.min(IN_FLIGHT, nodes)} commands`, "p50", "p99", "worst", "commands/s", "refused"],
        rows: [
          row("always under way, nodes silent", idle.held),
          row("always under way, statistics at 1 Hz", busy.held),
          row("in one moment each second, nodes silent", idle.burst),
          row("in one moment each second, statistics at 1 Hz", busy.burst),
        ],
      },
    ],
    figures: {
      commandIdleP50: tenths(idle.held.p50),
      commandIdleP99: tenths(idle.held.p99),
      commandP50: tenths(busy.held.p50),
      commandP99: tenths(busy.held.p99),
      commandBurstP50: tenths(busy.burst.p50),
      commandBurstP99: tenths(busy.burst.p99),
    },
    notes: ["Each command goes over HTTP to a node of its own, is put on record before it is sent, and is acknowledged at once."],
  };
};

const busyPart = ({ seconds, shown }: Scale, busy: Record<(typeof VIEWS)[number], Busy>): Part => ({
  tables: [
    {
      title: `A browser's main thread with ${shown} nodes on the dashboard, ms/s`,
      head: ["view", "busy", "script", "style", "layout", "heap MB", "layouts/s"],
      rows: VIEWS.map((view) => {
        const { all, heapMegabytes, layout, redraws, script, style } = busy[view];
        return [view, ...[all, script, style, layout, heapMegabytes, redraws].map((value) => value.toFixed(1))];
      }),
    },
  ],
  figures: { tableBusyMs: tenths(busy.table.all), cardsBusyMs: tenths(busy.cards.all), wallBusyMs: tenths(busy.wall.all) },
  notes: [
    `Chromium without a window, 1920 by 1080; its thread's own time over ${seconds} s of each view, a picture of each node every five seconds.`,
  ],
});
