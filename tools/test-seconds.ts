import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileResult } from "./test-files.ts";

/** Seconds that each test file took when it ran last on this machine, by its path. */
export type TestSeconds = Readonly<Record<string, number>>;

const recordIn = (root: string): string => join(root, ".cache", "test-seconds.json");

export const testSeconds = (root: string): TestSeconds => {
  try {
    return JSON.parse(readFileSync(recordIn(root), "utf8")) as TestSeconds;
  } catch {
    return {};
  }
};

export const keepTestSeconds = (root: string, results: readonly FileResult[]): void => {
  const took = Object.fromEntries(results.map(({ file, seconds }) => [file, Math.round(seconds * 10) / 10]));
  mkdirSync(dirname(recordIn(root)), { recursive: true });
  writeFileSync(recordIn(root), `${JSON.stringify({ ...testSeconds(root), ...took })}\n`);
};

/** Those of the files that are quick, not known yet, or of a folder in which something is changed. */
export const worthBeforeCommit = (
  files: readonly string[],
  { changed, quick, seconds }: { changed: readonly string[]; quick: number; seconds: TestSeconds },
): string[] => {
  const rooms = new Set(changed.map((file) => roomOf(file)));
  return files.filter((file) => (seconds[file] ?? 0) <= quick || rooms.has(roomOf(file)));
};

/** The folder of a file; of a test in a folder for tests the one above, which it tests. */
const roomOf = (file: string): string => dirname(file).replace(/\/test(\/.*)?$/, "");

/** What differs from the last commit. Nothing where there is no git. */
export const changedFiles = (root: string): string[] => {
  try {
    return execFileSync("git", ["status", "--porcelain", "--untracked-files=all"], { cwd: root, encoding: "utf8" })
      .split("\n")
      .map((line) => line.slice(3).split(" -> ").at(-1) ?? "")
      .filter((file) => file !== "");
  } catch {
    return [];
  }
};
