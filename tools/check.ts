import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { GATES, runGates } from "./gates.ts";
import { fileLine, gateLine, totalsOf } from "./summary.ts";
import { findTestFiles, runTestFiles } from "./test-files.ts";
import { changedFiles, keepTestSeconds, testSeconds, worthBeforeCommit } from "./test-seconds.ts";

// npm run check: what to run before every commit, in under two minutes. All gates, the tests that are quick, and those beside what is changed:
// the others are left to npm test.

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const TIMEOUT = 60;
/** Seconds that a file may have taken last. */
const QUICK = 2;

const main = async (): Promise<number> => {
  const gates = await runGates(ROOT, GATES, (gate) => console.log(gateLine(gate)));
  const started = performance.now();
  const all = findTestFiles(ROOT).filter((file) => !/\.(peer|slow|long)\.test\.ts$/.test(file));
  const files = worthBeforeCommit(all, { changed: changedFiles(ROOT), quick: QUICK, seconds: testSeconds(ROOT) });
  const results = await runTestFiles(ROOT, files, {
    concurrency: availableParallelism(),
    timeout: TIMEOUT,
    onResult: (result) => {
      if (result.failed > 0) {
        console.log(fileLine(result));
      }
    },
  });
  keepTestSeconds(ROOT, results);
  const totals = totalsOf(gates, results);
  const tests = results.every((result) => result.failed === 0);
  console.log(
    `${tests ? "ok  " : "FAIL"} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  unit tests (${results.length} files; ${all.length - results.length} are left to npm test)`,
  );
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
};

process.exitCode = await main();
