import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Writable } from "node:stream";

/** A real program that runs beside a test. */
export type Peer = {
  /** The program, as it was asked for. */
  readonly name: string;
  readonly pid: number;
  /** What the program reads from stdin; `undefined` unless it was asked for. */
  readonly input: Writable | undefined;
  /** The last 64 KB of what it wrote to stdout and stderr. */
  output(): string;
  /** Its exit code; `undefined` when a signal ended it. */
  readonly exited: Promise<number | undefined>;
  /** Asks it to end, kills it after two seconds, and resolves when it is gone. */
  stop(): Promise<void>;
};

export type PeerOptions = {
  /** True: without root's rights, also when the test has them; for programs that refuse root. */
  unprivileged?: boolean;
  /** True: the test writes to its stdin. */
  input?: boolean;
  environment?: Readonly<Record<string, string>>;
  folder?: string;
};

const OUTPUT_KEPT = 64 * 1024;
const KILL_AFTER_MS = 2_000;
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

/** Starts a program, by its name or its whole path. Throws, saying how to get it, when it is not installed: a test that needs a peer never passes without it. */
export const peer = (program: string, args: readonly string[], options: PeerOptions = {}): Peer => {
  const path = pathOf(program);
  const drop = options.unprivileged === true && process.getuid?.() === 0;
  const command = drop ? [pathOf("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "--", path, ...args] : [path, ...args];
  const [first = path, ...rest] = command;
  const child = spawn(first, rest, {
    cwd: options.folder,
    env: { ...process.env, ...(drop ? { HOME: "/nonexistent" } : {}), ...options.environment },
    // stdin is closed unless asked for: ffmpeg reads commands from it, and would stop with the terminal's group.
    stdio: [options.input === true ? "pipe" : "ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (text: string): void => {
    output = (output + text).slice(-OUTPUT_KEPT);
  };
  child.stdout?.setEncoding("utf8").on("data", keep);
  child.stderr?.setEncoding("utf8").on("data", keep);
  // A program that ended before it read everything shows in its exit code.
  child.stdin?.on("error", (error) => keep(error.message));
  const exited = new Promise<number | undefined>((resolve) => {
    child.on("error", (error) => {
      keep(error.message);
      resolve(undefined);
    });
    child.on("exit", (code) => resolve(code ?? undefined));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    await exited;
    clearTimeout(timer);
  };
  return { name: program, pid: child.pid ?? 0, input: child.stdin ?? undefined, output: () => output, exited, stop };
};

const pathOf = (program: string): string => {
  if (isAbsolute(program) && isProgram(program)) {
    return program;
  }
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  const found = folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .find(isProgram);
  if (found === undefined) {
    throw new Error(`${program} is not installed here: npm test installs the programs that tests talk to (tools/peers.ts)`);
  }
  return found;
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
