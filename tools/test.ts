import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { buildConsole } from "./console-build.ts";
import { GATES, runGates } from "./gates.ts";
import { failureList, fileLine, gateLine, slowest, totalsOf } from "./summary.ts";
import { findTestFiles, runTestFiles, type FileResult } from "./test-files.ts";
import { keepTestSeconds } from "./test-seconds.ts";

// npm test: all gates, then every test file. Arguments keep only the files whose path holds one of them, and no gates.

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** Files that only compute, and for long, and files that talk to real programs in ways that bear neighbours. */
const sharesTheMachine = (file: string): boolean => /\.(long|shared\.peer)\.test\.ts$/.test(file);

/** Files that talk to real programs or load the machine run alone: a neighbour would cost them the packets they count. */
const runsAlone = (file: string): boolean => /\.(peer|slow)\.test\.ts$/.test(file) && !sharesTheMachine(file);

/** Seconds: against hanging. A machine that is busy with something else takes three times as long as one that is not. */
const FAST_TIMEOUT = 120;
const SHARED_TIMEOUT = 240;
const ALONE_TIMEOUT = 180;

const main = async (wanted: readonly string[]): Promise<number> => {
  const started = performance.now();
  const print = (result: FileResult): void => console.log(fileLine(result));
  const gates = wanted.length > 0 ? [] : await runGates(ROOT, GATES, (gate) => console.log(gateLine(gate)));
  const files = findTestFiles(ROOT).filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
  if (files.some((file) => file.includes("tools/stack") || file.includes("tools/desk"))) {
    // Once, and not by the first of those that need it while the others wait.
    await buildConsole(ROOT);
  }
  const together = files.filter((file) => !runsAlone(file) && !sharesTheMachine(file));
  const results = [
    ...(await runTestFiles(ROOT, together, {
      // They wait for disks, databases and clocks as well.
      concurrency: availableParallelism() + 2,
      timeout: FAST_TIMEOUT,
      onResult: print,
    })),
    ...(await runTestFiles(ROOT, files.filter(sharesTheMachine), {
      // Most of them wait for most of their time.
      concurrency: availableParallelism() + 1,
      timeout: SHARED_TIMEOUT,
      onResult: print,
    })),
    ...(await runTestFiles(ROOT, files.filter(runsAlone), { concurrency: 1, timeout: ALONE_TIMEOUT, onResult: print })),
  ];
  keepTestSeconds(ROOT, results);
  const totals = totalsOf(gates, results);
  console.log(`\nSlowest files:\n${slowest(results)}\n`);
  const broken = failureList(gates, results);
  if (broken !== "") {
    console.log(`Failed:\n${broken}\n`);
  }
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s, ${results.length} files, ${totals.skipped} skipped`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
