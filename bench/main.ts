import { existsSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { printReport, type Report } from "./report.ts";

// npm run bench -- NAME [--quick] [--seconds N] [--rounds N] [--only ROW,ROW] [--without CONTENDER,...]

/** What the command line says; each benchmark has its own defaults. */
export type BenchOptions = {
  /** A smoke test: shortest windows, one round. The figures mean nothing. */
  quick: boolean;
  /** Length of a measuring window. */
  seconds?: number;
  /** Alternating runs, of which the median counts. */
  rounds?: number;
  /** Only rows whose name holds one of these. */
  only: readonly string[];
  /** Contenders to leave out. */
  without: readonly string[];
};

const FOLDER = new URL(".", import.meta.url);

const benchmarks = (): string[] =>
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/main.ts`, FOLDER)))
    .map((entry) => entry.name);

const listOf = (text: string | undefined): string[] => (text === undefined ? [] : text.split(","));

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean" },
      seconds: { type: "string" },
      rounds: { type: "string" },
      only: { type: "string" },
      without: { type: "string" },
    },
  });
  const [name] = positionals;
  if (name === undefined || !benchmarks().includes(name)) {
    console.error(
      `usage: npm run bench -- NAME [--quick] [--seconds N] [--rounds N] [--only ROW,…] [--without CONTENDER,…]\nNAME: ${benchmarks().join(", ")}`,
    );
    return 2;
  }
  const { run } = (await import(new URL(`${name}/main.ts`, FOLDER).href)) as { run: (options: BenchOptions) => Promise<Report> };
  const options: BenchOptions = { quick: values.quick ?? false, only: listOf(values.only), without: listOf(values.without) };
  if (values.seconds !== undefined) {
    options.seconds = Number(values.seconds);
  }
  if (values.rounds !== undefined) {
    options.rounds = Number(values.rounds);
  }
  printReport(await run(options));
  return 0;
};

process.exitCode = await main();
