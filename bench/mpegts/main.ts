import { execFileSync } from "node:child_process";
import { compileProgram } from "../compile.ts";
import type { BenchOptions } from "../main.ts";
import { median, type Figures, type Report, type Table } from "../report.ts";
import { gigabitsOf, TOOLS, type Tool } from "./beside.ts";
import type { MemoryUse } from "./memory-work.ts";
import { costOverUdp, FILTERS_OVER_UDP, type UdpCost, type UdpFilter } from "./over-udp.ts";
import { RATES, ROWS, type Row } from "./rows.ts";
import { FROM, TURN, UNITS } from "./scan-work.ts";
import { makeStreams, type Streams } from "./streams.ts";
import type { Cost } from "./work.ts";

// npm run bench -- mpegts: what it costs to look at, filter, switch and analyse transport streams, beside C, dvblast and ffmpeg.

const WORK = new URL("work.ts", import.meta.url).pathname;
const PACKET_BITS = 188 * 8;
const UNIT_PACKETS = 7;
const ROUNDS = 3;
/** CPU seconds of a measured work, after as many to warm up. */
const WINDOW = 1;
/** Bits per second from the player to a filter over UDP. */
const UDP_RATE = 200_000_000;

/** Rounds and lengths of this run, and what did not run. */
type Series = { streams: Streams; rounds: number; seconds: number; quick: boolean; broken: Set<string> };

/** What each contender came to, round by round: nanoseconds of CPU for a packet of input. */
type Runs = Map<string, Cost[]>;

export const run = async (options: BenchOptions): Promise<Report> => {
  const series: Series = {
    streams: makeStreams(options.quick ? 2 : 10),
    rounds: options.rounds ?? (options.quick ? 1 : ROUNDS),
    seconds: options.seconds ?? (options.quick ? 0.1 : WINDOW),
    quick: options.quick,
    broken: new Set(),
  };
  const isWanted = (key: string): boolean => options.only.length === 0 || options.only.some((part) => key.includes(part));
  const results: [Row, Runs][] = [];
  for (const row of ROWS.filter(({ key, quick }) => isWanted(key) && (!options.quick || quick === true))) {
    results.push([row, await measureRow(series, row, options.without)]);
  }
  const udp = isWanted("udp") ? await measureUdp(series, options.without) : new Map<string, UdpCost[]>();
  const memory = isWanted("memory") && !options.quick ? child<MemoryUse>("memory") : undefined;
  return {
    tables: [cpuTable(results), udpTable(udp), ...(memory === undefined ? [] : [memoryTable(memory)])],
    figures: { bench: "mpegts", quick: options.quick, ...figuresOf(results), ...udpFigures(udp), ...memoryFigures(memory) },
    notes: [
      `Medians of ${series.rounds} alternating rounds, each in a process of its own and warm. CPU of all threads; a packet has 1504 bits.`,
      ...Object.values(TOOLS).map(({ name, more }) => `${name}, whole process from a file: ${more}.`),
      ...series.broken,
    ],
  };
};

const measureRow = async (series: Series, row: Row, without: readonly string[]): Promise<Runs> => {
  const runs: Runs = new Map();
  const file = series.streams[row.stream];
  const contenders: [string, () => Cost | Promise<Cost>][] = [
    ["edge", () => child<Cost>(row.work, file, "--rate", String(RATES[row.stream]), "--seconds", String(series.seconds))],
    ...(row.scan === undefined ? [] : [["C", () => cScan(file, series.seconds, row.scan === "switch")] as [string, () => Cost]]),
    ...(row.tools ?? []).map((tool): [string, () => Promise<Cost>] => [TOOLS[tool].name, () => toolCost(tool, file)]),
  ];
  for (let round = 0; round < series.rounds; round++) {
    for (const [name, measure] of contenders.filter(([name]) => !without.includes(name))) {
      await attempt(series, `${row.title}: ${name}`, runs, name, measure);
    }
  }
  return runs;
};

/** The others go on when one does not run: a figure that is missing is seen, a benchmark that ends shows nothing. */
const attempt = async <T>(
  series: Series,
  what: string,
  runs: Map<string, T[]>,
  name: string,
  measure: () => T | Promise<T>,
): Promise<void> => {
  try {
    runs.set(name, [...(runs.get(name) ?? []), await measure()]);
  } catch (error) {
    series.broken.add(`${what} did not run: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const child = <T>(...args: string[]): T => JSON.parse(execFileSync(process.execPath, [WORK, ...args], { encoding: "utf8" })) as T;

const cScan = (file: string, seconds: number, switches: boolean): Cost => {
  const program = compileProgram(new URL("c/scan.c", import.meta.url).pathname);
  const numbers = ["--from", FROM * UNIT_PACKETS, "--packets", UNITS * UNIT_PACKETS, "--seconds", seconds].map(String);
  const turns = switches ? ["--switch", String(TURN * UNIT_PACKETS)] : [];
  const { ns } = JSON.parse(execFileSync(program, [file, ...numbers, ...turns], { encoding: "utf8" })) as { ns: number };
  return { ns, heapBytes: 0 };
};

const toolCost = async (tool: Tool, file: string): Promise<Cost> => ({
  ns: (await TOOLS[tool].run(file)) * (PACKET_BITS / gigabitsOf(file)),
  heapBytes: 0,
});

const measureUdp = async (series: Series, without: readonly string[]): Promise<Map<string, UdpCost[]>> => {
  const runs = new Map<string, UdpCost[]>();
  const names = (Object.keys(FILTERS_OVER_UDP) as UdpFilter[]).filter((name) => !without.includes(name));
  for (let round = 0; round < series.rounds; round++) {
    for (const programs of series.quick ? [1] : [1, 3]) {
      for (const name of names.filter((_, i) => !series.quick || i === 0)) {
        const trial = { file: series.streams.programs, rate: UDP_RATE, programs, seconds: 3 * series.seconds, isQuick: series.quick };
        await attempt(series, `${programs} of 3 over UDP: ${name}`, runs, `${programs} ${name}`, () => costOverUdp(name, trial));
      }
    }
  }
  return runs;
};

const nsOf = (costs: readonly Cost[]): number => median(costs.map(({ ns }) => ns));

const cpuTable = (results: readonly [Row, Runs][]): Table => ({
  title: "From memory or a file, one core",
  head: ["what", "contender", "ns a packet", "Gbit/s", "s/Gbit", "heap bytes a packet", "edge : this"],
  rows: results.flatMap(([row, runs]) =>
    [...runs].map(([name, costs]) => [
      row.title,
      name,
      nsOf(costs).toFixed(1),
      (PACKET_BITS / nsOf(costs)).toFixed(1),
      (nsOf(costs) / PACKET_BITS).toFixed(4),
      name === "edge" ? median(costs.map(({ heapBytes }) => heapBytes)).toFixed(1) : "",
      name === "edge" ? "" : (nsOf(runs.get("edge") ?? []) / nsOf(costs)).toFixed(3),
    ]),
  ),
});

const secondsOf = (costs: readonly UdpCost[]): number => median(costs.map(({ secondsPerGigabit }) => secondsPerGigabit));

const udpTable = (runs: Map<string, UdpCost[]>): Table => ({
  title: `Programs of three over UDP, ${UDP_RATE / 1e6} Mbit/s, CPU of all processes for a Gbit of input`,
  head: ["programs and contender", "s/Gbit", "Gbit/s", "came back", "to dvblast"],
  rows: [...runs].map(([key, costs]) => [
    key,
    secondsOf(costs).toFixed(4),
    (1 / secondsOf(costs)).toFixed(2),
    `${(100 * median(costs.map(({ share }) => share))).toFixed(1)} %`,
    ratioToDvblast(runs, key).toFixed(2),
  ]),
});

const ratioToDvblast = (runs: Map<string, UdpCost[]>, key: string): number =>
  secondsOf(runs.get(key) ?? []) / secondsOf(runs.get(`${key.split(" ")[0]} dvblast`) ?? []);

const memoryTable = (memory: MemoryUse): Table => ({
  title: "Memory",
  head: ["of one", "kB"],
  rows: [
    ["analysis of an input, before its first packet", memory.idle.toFixed(0)],
    ["analysis of an input, after a scrambled multiplex of 30 PIDs", memory.used.toFixed(0)],
    ["cache of an input's tables", memory.cache.toFixed(0)],
    ["continuity of a flow", memory.fixer.toFixed(0)],
  ],
});

/** `scan.edge.gbps`, `scan.C.ns`, `scan.edge.ratio_to_C` …: flat, so that a script needs no more than a name. */
const figuresOf = (results: readonly [Row, Runs][]): Figures => {
  const figures: Record<string, number> = {};
  for (const [{ key }, runs] of results) {
    for (const [name, costs] of runs) {
      const at = `${key}.${name.replaceAll(/[^\w]+/g, "_")}`;
      figures[`${at}.ns`] = rounded(nsOf(costs));
      figures[`${at}.gbps`] = rounded(PACKET_BITS / nsOf(costs));
      if (name === "edge") {
        figures[`${at}.heap_bytes`] = rounded(median(costs.map(({ heapBytes }) => heapBytes)));
      } else {
        figures[`${key}.edge.ratio_to_${name.replaceAll(/[^\w]+/g, "_")}`] = rounded(nsOf(runs.get("edge") ?? []) / nsOf(costs));
      }
    }
  }
  return figures;
};

const udpFigures = (runs: Map<string, UdpCost[]>): Figures =>
  Object.fromEntries(
    [...runs].flatMap(([key, costs]) => {
      const at = `udp_${key.replaceAll(/[^\w]+/g, "_")}`;
      return [
        [`${at}.s_per_gbit`, rounded(secondsOf(costs))],
        [`${at}.ratio_to_dvblast`, rounded(ratioToDvblast(runs, key))],
      ];
    }),
  );

const memoryFigures = (memory: MemoryUse | undefined): Figures =>
  memory === undefined
    ? {}
    : Object.fromEntries(Object.entries(memory).map(([key, kilobytes]) => [`memory.${key}_kb`, rounded(kilobytes)]));

const rounded = (value: number): number => Number(value.toFixed(4));
