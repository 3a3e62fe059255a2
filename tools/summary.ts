import type { GateResult } from "./gates.ts";
import type { FileResult } from "./test-files.ts";

const SLOWEST_SHOWN = 20;

/** One line per gate, with the whole of its output when it failed. */
export const gateLine = (gate: GateResult): string =>
  `${gate.passed ? "ok  " : "FAIL"} ${gate.seconds.toFixed(1).padStart(6)} s  ${gate.name}${gate.passed ? "" : `\n${gate.output.trimEnd()}\n`}`;

/** One line per test file, with its failures in full. */
export const fileLine = (result: FileResult): string => {
  const head = `${result.failed === 0 ? "ok  " : "FAIL"} ${result.seconds.toFixed(1).padStart(6)} s  ${result.file}  ${result.passed} passed`;
  const failures = result.failures.map((failure) => `\n  * ${failure.trimEnd().replaceAll("\n", "\n    ")}\n`);
  return `${head}${result.failed === 0 ? "" : `, ${result.failed} failed`}${failures.join("")}`;
};

/** What failed, by name and first line: the end of a long output is what is read first, and may be all that is kept of it. */
export const failureList = (gates: readonly GateResult[], results: readonly FileResult[]): string =>
  [
    ...gates.filter((gate) => !gate.passed).map((gate) => gate.name),
    ...results.filter((file) => file.failed > 0).map((file) => [file.file, ...file.failures.map(shortly)].join("\n    ")),
  ]
    .map((line) => `  ${line}`)
    .join("\n");

/** The test and the message, without the places in code and the output. */
const shortly = (failure: string): string => {
  const lines = failure.split("\n").map((line) => line.trim());
  const first = lines.findIndex((line) => line.startsWith("at "));
  return lines
    .slice(0, Math.min(first < 0 ? LINES_SHOWN : first, LINES_SHOWN))
    .join(" | ")
    .slice(0, WIDTH_SHOWN);
};

const LINES_SHOWN = 6;
const WIDTH_SHOWN = 400;

/** The files that took longest, slowest first. */
export const slowest = (results: readonly FileResult[]): string =>
  results
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST_SHOWN)
    .map((result) => `${result.seconds.toFixed(1).padStart(6)} s  ${result.file}`)
    .join("\n");

export type Totals = { passed: number; failed: number; skipped: number };

/** A gate counts as one test. A run without a single test file is a failure: it looked in the wrong place. */
export const totalsOf = (gates: readonly GateResult[], files: readonly FileResult[]): Totals => {
  const totals: Totals = { passed: 0, failed: files.length === 0 ? 1 : 0, skipped: 0 };
  for (const gate of gates) {
    totals[gate.passed ? "passed" : "failed"] += 1;
  }
  for (const file of files) {
    totals.passed += file.passed;
    totals.failed += file.failed;
    totals.skipped += file.skipped;
  }
  return totals;
};
