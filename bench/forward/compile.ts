import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";

const SOURCES = new URL("c/", import.meta.url).pathname;
const TARGET = new URL("../../.cache/bench/", import.meta.url).pathname;

/** The C programs of this benchmark: the baseline, both ends of the load, and a clock of other processes' CPU. */
export type Programs = Readonly<Record<"cpu" | "forward" | "send" | "sink", string>>;

/**
 * Compiles what is older than its source. Throws when there is no compiler: sender and sink are in C too, since ends
 * slower than the forwarder would measure themselves.
 */
export const compilePrograms = (): Programs => {
  mkdirSync(TARGET, { recursive: true });
  return { cpu: compile("cpu"), forward: compile("forward"), send: compile("send"), sink: compile("sink") };
};

const compile = (name: string): string => {
  const [source, target] = [`${SOURCES}${name}.c`, `${TARGET}${name}`];
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
