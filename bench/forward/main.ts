import type { BenchOptions } from "../main.ts";
import { median, type Figures, type Report, type Table } from "../report.ts";
import { compilePrograms, type Programs } from "./compile.ts";
import type { Contender } from "./contender.ts";
import { contenders } from "./contenders.ts";
import { DATAGRAMS_PER_GBIT, measure, perMillion, type Measured, type Times, type Trial } from "./measure.ts";

/** One line of the matrix: everybody who can do it does it in turn, round after round. */
type Row = { key: string; title: string; trial: Trial; latency: boolean; collections?: boolean };

/**
 * Datagrams in a train of the sender. Longer ones favour C: a train that the kernel hands over whole costs C one message,
 * whatever its length, while the edge looks at each datagram.
 */
const SENT_TRAIN = 48;

const trial = (flows: number, outputs: number, rate: number, trains: boolean, tick = 0): Trial => ({
  flows,
  outputs,
  rate,
  trains,
  tick,
  sentTrain: trains ? SENT_TRAIN : 1,
  quantum: 250,
});

/** 20 Mbit/s, each datagram sent by itself when it is due. */
const slow = (tick: number): Trial => ({ ...trial(1, 1, 1_900, false, tick), quantum: 526 });

/** Rates that C and the edge carry on two cores together with both ends of the load. 950 datagrams a second are 10 Mbit/s. */
const ROWS: readonly Row[] = [
  { key: "n1", title: "1 output", trial: trial(1, 1, 80_000, false), latency: false },
  { key: "n4", title: "4 outputs", trial: trial(1, 4, 35_000, false), latency: false },
  { key: "n16", title: "16 outputs", trial: trial(1, 16, 10_000, false), latency: false },
  { key: "n1_trains", title: "1 output, trains", trial: trial(1, 1, 400_000, true), latency: false },
  { key: "n4_trains", title: "4 outputs, trains", trial: trial(1, 4, 100_000, true), latency: false },
  { key: "n16_trains", title: "16 outputs, trains", trial: trial(1, 16, 60_000, true), latency: false },
  { key: "flows50", title: "50 flows of 10 Mbit/s, tick 1 ms", trial: trial(50, 1, 950, false, 1_000), latency: false },
  { key: "gc_n4", title: "4 outputs, 200 Mbit/s, half a minute", trial: trial(1, 4, 19_000, false), latency: false, collections: true },
  {
    key: "gc_flows50",
    title: "50 flows of 10 Mbit/s, tick 1 ms, half a minute",
    trial: trial(50, 1, 950, false, 1_000),
    latency: false,
    collections: true,
  },
  { key: "hop", title: "hop at 20 Mbit/s", trial: slow(0), latency: true },
  { key: "hop_tick", title: "hop at 20 Mbit/s, tick 1 ms", trial: slow(1_000), latency: true },
];

/** Seconds of a row that counts collections: they are rare. */
const COLLECTIONS_WINDOW = 30;
const ROUNDS = 3;
const WINDOW = 1.5;
const QUICK: Times = { warmUp: 0.5, window: 0.5 };

/** What every run of a benchmark shares. */
type Series = {
  programs: Programs;
  contenders: readonly Contender[];
  rounds: number;
  timesOf: (contender: Contender | undefined) => Times;
  broken: Set<string>;
};

type Runs = Map<string, Measured[]>;

/** CPU and latency of the edge beside a C program of the same algorithm, node:dgram and the usual tools. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const series = seriesOf(options);
  const rows = ROWS.filter((row) => options.only.length === 0 || options.only.some((part) => row.key.includes(part)));
  const results: [Row, Runs][] = [];
  for (const row of rows) {
    results.push([row, await measureRow(series, row)]);
  }
  const notes = ["CPU of the forwarder and all its processes, for datagrams that arrived. Medians of alternating runs.", ...series.broken];
  return { tables: [cpuTable(results), latencyTable(results), collectionsTable(results)], figures: figuresOf(results, options), notes };
};

const seriesOf = (options: BenchOptions): Series => {
  const programs = compilePrograms();
  const window = options.seconds ?? (options.quick ? QUICK.window : WINDOW);
  return {
    programs,
    contenders: contenders(programs).filter((contender) => !options.without.includes(contender.name)),
    rounds: options.rounds ?? (options.quick ? 1 : ROUNDS),
    timesOf: (contender) => ({ warmUp: options.quick ? QUICK.warmUp : (contender?.warmUp ?? 1), window }),
    broken: new Set(),
  };
};

const measureRow = async (series: Series, row: Row): Promise<Runs> => {
  const runs: Runs = new Map();
  const all = series.contenders.filter((contender) => takes(contender, row));
  const entrants = row.collections === true ? all.filter(({ name }) => name === "edge") : [...(row.latency ? [undefined] : []), ...all];
  const rounds = row.collections === true ? 1 : series.rounds;
  for (let round = 0; round < rounds; round++) {
    for (const contender of entrants.filter((each) => round === 0 || each?.once !== true)) {
      const name = contender?.name ?? "no hop";
      try {
        const measured = await measure(series.programs, contender, row.trial, timesFor(series, row, contender));
        runs.set(name, [...(runs.get(name) ?? []), measured]);
      } catch (error) {
        // The others go on: a figure that is missing is seen, a benchmark that ends shows nothing.
        series.broken.add(`${row.title}: ${name} did not run: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return runs;
};

const timesFor = (series: Series, row: Row, contender: Contender | undefined): Times =>
  row.collections === true ? { warmUp: 5, window: COLLECTIONS_WINDOW } : series.timesOf(contender);

const takes = (contender: Contender, { trial: { flows, outputs, trains, tick } }: Row): boolean =>
  contender.takes({ flows, outputs, trains, tick, inputPort: 0, outputPort: 0 });

const middle = (runs: readonly Measured[], of: (measured: Measured) => number): number => median(runs.map(of));

const cpuTable = (results: readonly [Row, Runs][]): Table => ({
  title: "CPU",
  head: ["load", "contender", "s/Mpkt", "s/Gbit", "of C", "of multicat", "received", "lost", "reordered"],
  rows: results
    .filter(([row]) => !row.latency && row.collections !== true)
    .flatMap(([row, runs]) =>
      [...runs].map(([name, measured]) => {
        const cost = middle(measured, perMillion);
        return [
          row.title,
          name,
          cost.toFixed(2),
          ((cost * DATAGRAMS_PER_GBIT) / 1e6).toFixed(3),
          ratioTo(runs, "C", cost),
          ratioTo(runs, "multicat", cost),
          middle(measured, (one) => one.received).toFixed(0),
          middle(measured, (one) => one.lost).toFixed(0),
          middle(measured, (one) => one.reordered).toFixed(0),
        ];
      }),
    ),
});

const ratioTo = (runs: Runs, reference: string, cost: number): string => {
  const base = runs.get(reference);
  return base === undefined ? "" : (cost / middle(base, perMillion)).toFixed(2);
};

const collectionsTable = (results: readonly [Row, Runs][]): Table => ({
  title: "Garbage collections of the lane",
  head: ["load", "contender", "a minute", "longest us", "lost"],
  rows: results
    .filter(([row]) => row.collections === true)
    .flatMap(([row, runs]) =>
      [...runs].map(([name, measured]) => [
        row.title,
        name,
        middle(measured, perMinute).toFixed(1),
        middle(measured, (one) => one.collections?.longest ?? Number.NaN).toFixed(0),
        middle(measured, (one) => one.lost).toFixed(0),
      ]),
    ),
});

const perMinute = (one: Measured): number => ((one.collections?.count ?? Number.NaN) * 60) / COLLECTIONS_WINDOW;

const latencyTable = (results: readonly [Row, Runs][]): Table => ({
  title: "Latency from the sender's call to the receiver's, microseconds",
  head: ["load", "contender", "p50", "p99", "lost"],
  rows: results
    .filter(([row]) => row.latency)
    .flatMap(([row, runs]) =>
      [...runs].map(([name, measured]) => [
        row.title,
        name,
        middle(measured, (one) => one.p50).toFixed(0),
        middle(measured, (one) => one.p99).toFixed(0),
        middle(measured, (one) => one.lost).toFixed(0),
      ]),
    ),
});

/** `n4_trains.edge.s_per_mpkt`, `hop.C.p99_us`, `n4.edge.ratio_to_C` …: flat, so that a script needs no more than a name. */
const figuresOf = (results: readonly [Row, Runs][], options: BenchOptions): Figures => {
  const figures: Record<string, number | string | boolean> = { bench: "forward", quick: options.quick };
  for (const [row, runs] of results) {
    for (const [name, measured] of runs) {
      const at = `${row.key}.${name.replaceAll(" ", "_")}`;
      const cost = middle(measured, perMillion);
      const base = runs.get("C");
      const multicat = runs.get("multicat");
      figures[`${at}.lost`] = middle(measured, (one) => one.lost);
      if (row.collections === true) {
        figures[`${at}.collections_per_minute`] = rounded(middle(measured, perMinute));
        figures[`${at}.longest_collection_us`] = rounded(middle(measured, (one) => one.collections?.longest ?? Number.NaN));
        continue;
      }
      if (row.latency) {
        figures[`${at}.p50_us`] = middle(measured, (one) => one.p50);
        figures[`${at}.p99_us`] = middle(measured, (one) => one.p99);
      }
      if (name !== "no hop") {
        figures[`${at}.s_per_mpkt`] = rounded(cost);
        figures[`${at}.reordered`] = middle(measured, (one) => one.reordered);
        figures[`${at}.s_per_gbit`] = rounded((cost * DATAGRAMS_PER_GBIT) / 1e6);
      }
      if (base !== undefined && name !== "C" && name !== "no hop") {
        figures[`${at}.ratio_to_C`] = rounded(cost / middle(base, perMillion));
      }
      if (multicat !== undefined && !row.latency && name !== "multicat") {
        figures[`${at}.ratio_to_multicat`] = rounded(cost / middle(multicat, perMillion));
      }
      if (base !== undefined && row.latency && name !== "C") {
        figures[`${at}.p99_ratio_to_C`] = rounded(middle(measured, (one) => one.p99) / middle(base, (one) => one.p99));
      }
    }
  }
  return figures;
};

const rounded = (value: number): number => Number(value.toFixed(4));
