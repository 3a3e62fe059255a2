import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";

/** Last words that are kept of what a child says to its standard error. Characters. */
const LAST_WORDS = 4_096;
/** Clock ticks per second in /proc; Linux has no other value for programs. */
const TICKS = 100;
const PAGE = 4_096;

/** How a child ended. */
export type ChildEnd = { code: number | null; signal: string | null; lastWords: string };

/** What a child has used up so far and holds now. */
export type ChildUsage = { cpuSeconds: number; residentBytes: number };

export type ChildHooks = {
  onData(bytes: Uint8Array): void;
  onEnd(end: ChildEnd): void;
};

/**
 * A program of ours in a process of its own, with a duplex pipe between it and us as its descriptor 3. It leads a group, so that what it
 * starts ends with it; when we end without a word, the pipe ends too, and the program with it. It gets nothing of our environment but
 * where programs are: secrets stay here.
 */
export class Child {
  readonly #process: ChildProcess;
  readonly #pipe: Duplex | undefined;
  #lastWords = "";
  #isOver = false;

  /** `niceness`: 0 to 19; a child that may not have it runs without. */
  constructor(entry: URL, args: readonly string[], niceness: number, hooks: ChildHooks) {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", fileURLToPath(entry), ...args], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      env: environment(),
      detached: true,
      windowsHide: true,
    });
    this.#process = child;
    this.#pipe = child.stdio[3] as Duplex | undefined;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS)));
    this.#pipe?.on("data", (bytes: Uint8Array) => hooks.onData(bytes));
    // A pipe breaks when the other end dies; that is told by its exit.
    this.#pipe?.on("error", () => {});
    const end = (code: number | null, signal: string | null): void => {
      if (!this.#isOver) {
        this.#isOver = true;
        this.#killGroup("SIGKILL");
        this.#pipe?.destroy();
        hooks.onEnd({ code, signal, lastWords: this.#lastWords });
      }
    };
    // What it was started with goes wrong before it has a number: nothing else will be heard of it.
    child.once("error", (error) => {
      this.#lastWords += error.message;
      if (child.pid === undefined) {
        end(null, null);
      }
    });
    // Its last words may still be on their way; what it has started ends with it, so that nobody else holds its pipes.
    child.once("exit", () => {
      this.#killGroup("SIGKILL");
      this.#pipe?.destroy();
    });
    child.once("close", end);
    lower(child.pid, niceness);
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Bytes that wait because the child does not read. */
  get backlog(): number {
    return this.#pipe?.writableLength ?? 0;
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOver) {
      this.#pipe?.write(bytes);
    }
  }

  /** Ends the child and what it has started; `onEnd` tells when it is gone. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) {
      this.#killGroup(signal);
    }
  }

  /** `undefined` where the system does not tell, or when it is gone. */
  usage(): ChildUsage | undefined {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, "latin1");
      // The name in parentheses may hold anything; what follows it is numbers.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, residentBytes: Number(fields[21]) * PAGE };
    } catch {
      return undefined;
    }
  }

  /** How long its threads have waited for a processor so far, all together; 0 where the system does not tell. */
  starvedSeconds(): number {
    try {
      const tasks = `/proc/${this.pid}/task`;
      return readdirSync(tasks).reduce((sum, task) => {
        const [, waited = ""] = readFileSync(`${tasks}/${task}/schedstat`, "latin1").split(" ");
        return sum + Number(waited) / 1e9;
      }, 0);
    } catch {
      return 0;
    }
  }

  #killGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone, or there never was one.
    }
  }
}

const environment = (): NodeJS.ProcessEnv => {
  const { PATH, SystemRoot } = process.env;
  return { ...(PATH === undefined ? {} : { PATH }), ...(SystemRoot === undefined ? {} : { SystemRoot }) };
};

const lower = (pid: number | undefined, niceness: number): void => {
  if (pid !== undefined && niceness > 0) {
    try {
      setPriority(pid, Math.min(niceness, constants.priority.PRIORITY_LOW));
    } catch {
      // It runs with the priority that we have.
    }
  }
};
