import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { GATES, runGates } from "./gates.ts";
import { fileLine, gateLine, totalsOf } from "./summary.ts";
import { findTestFiles, runTestFiles } from "./test-files.ts";

// npm run check: what to run before every commit. All gates and the quick tests, in under two minutes.

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const TIMEOUT = 60;

const main = async (): Promise<number> => {
  const gates = await runGates(ROOT, GATES, (gate) => console.log(gateLine(gate)));
  const started = performance.now();
  const files = findTestFiles(ROOT).filter((file) => !/\.(peer|slow|long)\.test\.ts$/.test(file));
  const results = await runTestFiles(ROOT, files, {
    concurrency: availableParallelism(),
    timeout: TIMEOUT,
    onResult: (result) => {
      if (result.failed > 0) {
        console.log(fileLine(result));
      }
    },
  });
  const totals = totalsOf(gates, results);
  const tests = results.every((result) => result.failed === 0);
  console.log(
    `${tests ? "ok  " : "FAIL"} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  unit tests (${results.length} files)`,
  );
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
};

process.exitCode = await main();
