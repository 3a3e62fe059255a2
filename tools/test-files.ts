import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { MachineWatch } from "./machine-watch.ts";
import type { TestLine } from "./test-reporter.ts";

/** What one test file came to. A file that crashed, ran too long or held no test counts one failure of its own. */
export type FileResult = { file: string; seconds: number; passed: number; failed: number; skipped: number; failures: string[] };

export type RunOptions = {
  /** Files at a time. */
  concurrency: number;
  /** Seconds after which a file and all that it started is killed. */
  timeout: number;
  onResult?: (result: FileResult) => void;
};

/** Every *.test.ts below the folder, in order of name, as paths from it. */
export const findTestFiles = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !/(^|\/)(node_modules|\.cache|\.git)\//.test(file))
    .toSorted();

/** Runs each file in a process of its own, in order, `concurrency` at a time. */
export const runTestFiles = async (root: string, files: readonly string[], options: RunOptions): Promise<FileResult[]> => {
  const results: FileResult[] = [];
  const waiting = [...files];
  const watch = new MachineWatch();
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const meanwhile = watch.begin();
      const result = await runTestFile(root, file, options.timeout);
      if (result.failed > 0) {
        result.failures.push(meanwhile());
      }
      options.onResult?.(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  watch.end();
  return results;
};

const runTestFile = async (root: string, file: string, timeout: number): Promise<FileResult> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-test-"));
  const report = join(folder, "report.jsonl");
  const started = performance.now();
  const end = await runProcess(root, file, report, timeout);
  const result = resultOf(file, readReport(report), end);
  result.seconds = (performance.now() - started) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return result;
};

/** How a process ended, and the last of what it wrote. */
export type ProcessEnd = { code: number | undefined; timedOut: boolean; output: string };

const runProcess = (root: string, file: string, report: string, timeout: number): Promise<ProcessEnd> => {
  const reporter = new URL("./test-reporter.ts", import.meta.url).href;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ["--enable-source-maps", `--test-reporter=${reporter}`, `--test-reporter-destination=${report}`, file];
  // A group of its own, so that whatever the file started can be ended with it.
  const child = spawn(process.execPath, args, {
    cwd: root,
    // Files have modules in common, and most of them start threads and programs that have them again: compiling is up to a third of their time.
    env: { NODE_COMPILE_CACHE: join(root, ".cache", "compile"), ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (text: string): void => {
    output = (output + text).slice(-OUTPUT_KEPT);
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  return new Promise((resolve) => {
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, timeout * 1000);
    child.on("error", (error) => keep(error.message));
    child.on("exit", () => {
      // Whatever the file left behind holds its pipes open and would hold us.
      killGroup(child.pid);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, timedOut, output });
    });
  });
};

const OUTPUT_KEPT = 64 * 1024;

const killGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) {
      process.kill(-pid, "SIGKILL");
    }
  } catch {
    // Already gone, which is what was wanted.
  }
};

const readReport = (report: string): TestLine[] => {
  try {
    const lines = readFileSync(report, "utf8").split("\n");
    // A killed process leaves half a line.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as TestLine);
  } catch {
    return [];
  }
};

/** Adds up one file's report and the way its process ended. */
export const resultOf = (file: string, lines: readonly TestLine[], end: ProcessEnd): FileResult => {
  const count = (outcome: TestLine["outcome"]): number => lines.filter((line) => line.outcome === outcome).length;
  const failures = lines.filter((line) => line.outcome === "failed").map((line) => `${line.name}\n${line.error ?? ""}`);
  if (end.timedOut) {
    failures.push("The file ran too long and was killed: a test hangs, or something it opened was left open.");
  } else if (end.code !== 0 && failures.length === 0) {
    failures.push(`The file ended with ${end.code === undefined ? "a signal" : `exit code ${end.code}`} outside its tests.`);
  } else if (lines.length === 0) {
    failures.push("The file holds no test.");
  }
  if (failures.length > 0 && end.output.trim() !== "") {
    failures.push(`Its output:\n${end.output.trim()}`);
  }
  const own = failures.filter((failure) => !failure.startsWith("Its output:\n")).length;
  return { file, seconds: 0, passed: count("passed"), failed: own, skipped: count("skipped"), failures };
};
