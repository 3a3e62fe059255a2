import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/** What a forwarder is asked to do. Flow f listens on 127.0.0.1:inputPort + f; its output o sends to outputPort + f * outputs + o. */
export type Job = {
  flows: number;
  outputs: number;
  inputPort: number;
  outputPort: number;
  /** Trains in and out, where the contender knows them. */
  trains: boolean;
  /** Microseconds between passes; 0: as packets come. */
  tick: number;
};

export type Collections = { count: number; longest: number };

/** A forwarder to be measured. */
export type Contender = {
  name: string;
  /** Seconds until it costs what it costs: JavaScript is compiled while traffic runs. */
  warmUp: number;
  /** Enters the first round alone: it shows where others stand, and no ratio is taken to it. */
  once?: boolean;
  /** Whether it can do this job at all. */
  takes(job: Job): boolean;
  /** Starts it and resolves when its inputs are open. */
  start(job: Job): Promise<Running>;
};

export type Running = {
  /** Itself and all that it started, by their ids. */
  processes(): number[];
  /** Garbage collections of the threads that move packets, where there are such: how many so far, and the longest lately in microseconds. */
  collections?(): Promise<Collections>;
  stop(): Promise<void>;
};

/** A contender that is one command. `ready`: what it prints when its inputs are open; without it half a second must do. */
export const commandContender = (
  name: string,
  warmUp: number,
  takes: (job: Job) => boolean,
  command: (job: Job) => readonly string[],
  ready?: string,
): Contender => ({
  name,
  warmUp,
  takes,
  start: async (job) => {
    const child = startCommand(command(job));
    await (ready === undefined ? settled(child) : said(child, ready));
    return runningOf(child);
  },
});

/** Starts a command whose output is kept off the terminal. */
export const startCommand = ([program = "", ...args]: readonly string[]): ChildProcess =>
  spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });

/** What measuring needs of a process and all that it started. */
export const runningOf = (child: ChildProcess): Running => {
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.stdout?.resume();
  child.stderr?.resume();
  return {
    processes: () => treeOf(child.pid ?? 0),
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => treeOf(child.pid ?? 0).forEach(kill), KILL_AFTER_MS);
      await gone;
      clearTimeout(timer);
    },
  };
};

const KILL_AFTER_MS = 3_000;
const SETTLE_MS = 500;
const READY_MS = 15_000;

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
};

const settled = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${child.spawnargs.join(" ")} ended at once`)));
    setTimeout(resolve, SETTLE_MS);
  });

/** Resolves when the process has printed the text; rejects with its last words when it ends before. */
export const said = (child: ChildProcess, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = "";
    const fail = (): void => reject(new Error(`${child.spawnargs.join(" ")} did not come up:\n${output}`));
    const timer = setTimeout(fail, READY_MS);
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes(text)) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("error", reject);
    child.once("exit", fail);
  });

const treeOf = (root: number): number[] => {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) {
      parents.set(Number(name), parent);
    }
  }
  const tree = [root];
  for (const pid of tree) {
    tree.push(...[...parents].filter(([, parent]) => parent === pid).map(([child]) => child));
  }
  return tree;
};

const parentOf = (pid: number): number | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold blanks and brackets: fields count from the last bracket. proc(5): ppid is the fourth.
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
};
