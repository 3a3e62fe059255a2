import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ConnectionTarget } from "../src/database/connection-target.ts";
import type { EmbeddedOptions } from "../src/database/embedded/embedded-postgres.ts";

/** A manager's process that runs an embedded server and may be killed. */
export type EmbeddedProcess = {
  target: ConnectionTarget;
  /** Of the server. */
  pid: number;
  events: string[];
  fault?: { code: string; message: string };
  /** Ends it as a crash would; the server lives on. */
  kill: () => Promise<void>;
  stop: () => Promise<void>;
  /** Of the manager. */
  manager: number;
};

/** As whom and from which copy of the sources; as ourselves and from these when not said. */
export type ProcessOptions = { uid?: number; gid?: number; main?: string; node?: string; wrap?: readonly string[] };

const MAIN = fileURLToPath(new URL("../src/database/test/embedded-main.ts", import.meta.url));

export const embeddedProcess = async (options: EmbeddedOptions, how: ProcessOptions = {}): Promise<EmbeddedProcess> => {
  const { uid, gid, main = MAIN, node = process.execPath, wrap = [] } = how;
  const command = [...wrap, node, main, JSON.stringify(options)];
  const account = uid === undefined || gid === undefined ? {} : { uid, gid };
  const child = spawn(command[0] ?? node, command.slice(1), { ...account, cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), once(child, "close")])) as unknown[];
  if (typeof line !== "string") {
    throw new Error(`the process ended without a word: ${errors}`);
  }
  return {
    ...(JSON.parse(line) as EmbeddedProcess),
    manager: child.pid ?? 0,
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, undefined),
  };
};

const end = async (child: ChildProcess, signal: NodeJS.Signals | undefined): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = once(child, "exit");
  if (signal === undefined) {
    child.stdin?.end();
  } else {
    child.kill(signal);
  }
  await ended;
};
