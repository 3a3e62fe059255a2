import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { basename } from "node:path";

const TARGET = new URL("../.cache/bench/", import.meta.url).pathname;

/** Compiles a C program of one file unless its program is newer; returns where that is. Throws when there is no compiler. */
export const compileProgram = (source: string): string => {
  mkdirSync(TARGET, { recursive: true });
  const target = `${TARGET}${basename(source, ".c")}`;
  if (existsSync(target) && statSync(target).mtimeMs > statSync(source).mtimeMs) {
    return target;
  }
  const done = spawnSync("gcc", ["-O2", "-Wall", "-Wextra", "-o", target, source], { encoding: "utf8" });
  if (done.error !== undefined) {
    throw new Error("gcc is not installed: this benchmark needs it for its load and its baseline (Debian: apt-get install gcc libc6-dev)");
  }
  if (done.status !== 0) {
    throw new Error(`gcc refused ${source}:\n${done.stderr}`);
  }
  return target;
};
