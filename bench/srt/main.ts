import { compilePrograms, type Programs } from "../forward/compile.ts";
import type { BenchOptions } from "../main.ts";
import { median, type Figures, type Report, type Table } from "../report.ts";
import { isThere, LATENCY, type Cipher, type Pair } from "./job.ts";
import { measure, perGbit, type Measured, type Trial } from "./measure.ts";
import { busiestShare } from "./lanes.ts";
import { edgePair, libsrtPair, onePortPair } from "./pairs.ts";

// npm run bench -- srt: MPEG-TS from UDP over SRT to UDP, two edges beside two srt-live-transmit, in turn.

type Row = { key: string; title: string; trial: Trial };

const CIPHERS: readonly [key: string, title: string, cipher: Cipher | undefined][] = [
  ["plain", "plain", undefined],
  ["ctr128", "AES-128-CTR", { mode: "ctr", keyLength: 16 }],
  ["ctr256", "AES-256-CTR", { mode: "ctr", keyLength: 32 }],
  ["gcm128", "AES-128-GCM", { mode: "gcm", keyLength: 16 }],
];

/** Datagrams of 1316 bytes that a Mbit/s is: 950 a second are 10 Mbit/s. */
const PER_MBIT = 95;

const fifty = (key: string, title: string, lanes: number, onePort: boolean): Row => ({
  key,
  title,
  trial: { flows: 50, lanes, rate: 10 * PER_MBIT, cipher: undefined, onePort },
});

const ROWS: readonly Row[] = [
  ...[10, 100, 500].flatMap((mbit) =>
    CIPHERS.map(([key, title, cipher]) => ({
      key: `${key}_${mbit}`,
      title: `${mbit} Mbit/s, ${title}`,
      trial: { flows: 1, lanes: 1, rate: mbit * PER_MBIT, cipher, onePort: false },
    })),
  ),
  fifty("flows50", "50 connections of 10 Mbit/s", 1, false),
  fifty("lanes2", "the same on two lanes", 2, false),
  fifty("callers50", "one listener, 50 callers of 10 Mbit/s", 1, true),
  fifty("shared2", "the same listener on two lanes", 2, true),
];

/** Seconds that are measured. */
const WINDOW = 5;
const QUICK_WINDOW = 1;

type Runs = Map<string, Measured[]>;

/** CPU and losses of a pair of edges beside a pair of libsrt's own tool under the same load. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const programs = compilePrograms();
  const pairs = (await pairsHere()).filter(({ name }) => !options.without.includes(name));
  const rows = ROWS.filter((row) => options.only.length === 0 || options.only.some((part) => row.key.includes(part)));
  const seconds = options.quick ? QUICK_WINDOW : (options.seconds ?? WINDOW);
  const rounds = options.quick ? 1 : (options.rounds ?? 1);
  const broken = new Set<string>();
  const results: [Row, Runs][] = [];
  for (const row of rows) {
    results.push([row, await measureRow(programs, pairs, row, seconds, rounds, broken)]);
  }
  const notes = [
    `CPU of both ends with all their processes, launchers too, for a Gbit of TS that arrived; a latency of ${LATENCY} ms.`,
    ...(pairs.some(({ name }) => name === "libsrt") ? [] : ["srt-live-transmit is not installed (Debian: apt-get install srt-tools)."]),
    ...broken,
  ];
  return { tables: [tableOf(results)], figures: figuresOf(results, options), notes };
};

/** Another program than the installed one, of a libsrt that knows AEAD. */
const WITH_GCM = process.env["SRT_LIVE_TRANSMIT_AEAD"];

const pairsHere = async (): Promise<Pair[]> => {
  const program = WITH_GCM ?? "srt-live-transmit";
  return [edgePair, onePortPair, ...((await isThere(program)) ? [libsrtPair(program, WITH_GCM !== undefined)] : [])];
};

const measureRow = async (
  programs: Programs,
  pairs: readonly Pair[],
  row: Row,
  seconds: number,
  rounds: number,
  broken: Set<string>,
): Promise<Runs> => {
  const runs: Runs = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const pair of pairs.filter((each) => each.takes(row.trial))) {
      try {
        runs.set(pair.name, [...(runs.get(pair.name) ?? []), await measure(programs, pair, row.trial, seconds)]);
      } catch (error) {
        // The others go on: a figure that is missing is seen, a benchmark that ends shows nothing.
        broken.add(`${row.title}: ${pair.name} did not run: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return runs;
};

const middle = (runs: readonly Measured[], of: (measured: Measured) => number): number => median(runs.map(of));

const ratioOf = (runs: Runs): number | undefined => {
  const [edge, libsrt] = [runs.get("edge"), runs.get("libsrt")];
  return edge === undefined || libsrt === undefined ? undefined : middle(edge, perGbit) / middle(libsrt, perGbit);
};

const shareOfCaller = (one: Measured): number => one.caller / (one.caller + one.listener);

const tableOf = (results: readonly [Row, Runs][]): Table => ({
  title: "UDP to SRT to UDP",
  head: [
    "load",
    "pair",
    "s/Gbit",
    "caller",
    "listener",
    "edge : libsrt",
    "received",
    "lost",
    "duplicated",
    "reordered",
    "lanes, CPU s",
    "busiest lane",
  ],
  rows: results.flatMap(([row, runs]) =>
    [...runs].map(([name, measured]) => {
      const cost = middle(measured, perGbit);
      const share = middle(measured, shareOfCaller);
      const count = (of: (one: Measured) => number): string => middle(measured, of).toFixed(0);
      return [
        ...[row.title, name, cost.toFixed(3), (cost * share).toFixed(3), (cost * (1 - share)).toFixed(3)],
        name === "edge" ? (ratioOf(runs)?.toFixed(2) ?? "") : "",
        ...[count((one) => one.received), count((one) => one.lost), count((one) => one.duplicated), count((one) => one.reordered)],
        lanesOf(measured)
          .map((spent) => spent.toFixed(2))
          .join(" + "),
        row.trial.lanes === 1 ? "" : `${(middle(measured, (one) => busiestShare(one.lanes)) * 100).toFixed(0)} %`,
      ];
    }),
  ),
});

/** CPU seconds of the listener's lanes, the most first: each the middle one of the runs. */
const lanesOf = (runs: readonly Measured[]): number[] => (runs[0]?.lanes ?? []).map((_, i) => middle(runs, ({ lanes }) => lanes[i] ?? 0));

/** `ctr128_100.edge.s_per_gbit`, `plain_500.libsrt.lost`, `plain_500.ratio` …: flat, so that a script needs no more than a name. */
const figuresOf = (results: readonly [Row, Runs][], options: BenchOptions): Figures => {
  const figures: Record<string, number | string | boolean> = { bench: "srt", quick: options.quick };
  for (const [row, runs] of results) {
    for (const [name, measured] of runs) {
      const at = `${row.key}.${name}`;
      figures[`${at}.s_per_gbit`] = rounded(middle(measured, perGbit));
      figures[`${at}.caller_share`] = rounded(middle(measured, shareOfCaller));
      figures[`${at}.received`] = middle(measured, (one) => one.received);
      figures[`${at}.lost`] = middle(measured, (one) => one.lost);
      figures[`${at}.duplicated`] = middle(measured, (one) => one.duplicated);
      if (row.trial.lanes > 1) {
        figures[`${at}.busiest_lane`] = rounded(middle(measured, (one) => busiestShare(one.lanes)));
        lanesOf(measured).forEach((spent, i) => (figures[`${at}.lane_${i}_s`] = rounded(spent)));
      }
      figures[`${at}.reordered`] = middle(measured, (one) => one.reordered);
    }
    const ratio = ratioOf(runs);
    if (ratio !== undefined) {
      figures[`${row.key}.ratio`] = rounded(ratio);
    }
  }
  return figures;
};

const rounded = (value: number): number => Number(value.toFixed(4));
