import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = new URL("../..", import.meta.url).pathname;

/** What npm start brings up: a manager with its own database, the console, and an edge with test pictures that is registered there. */
export type RunningStack = {
  /** https://localhost:port */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly dataDir: string;
  /** Asks it to end as Ctrl-C does; its exit code, null when a signal ended it. */
  end(): Promise<number | null>;
};

/** A folder of a test that the account of root's database can pass through. It goes with `remove`. */
export const stackFolder = (): { path: string; remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "bilbycast-stack-"));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** Starts it as a person does, on a port that the system chooses. Rejects, with what it said, when it ends before it greets. */
export const startStack = async (folder: string): Promise<RunningStack> => {
  const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
  const dataDir = join(folder, "data");
  const child = spawn(process.execPath, [join(ROOT, "tools", "start.cjs"), "--port", "0", "--data-dir", dataDir], {
    env: { ...environment, BILBYCAST_LANES: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { ...(await greetingOf(child)), dataDir, end: () => ended(child) };
};

const ended = async (child: ChildProcess): Promise<number | null> => {
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => resolve(code));
  });
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGINT");
    return exited;
  }
  return child.exitCode;
};

/** Address, name and password as it prints them for whoever started it. */
export const greetingOf = (child: ChildProcess): Promise<Pick<RunningStack, "address" | "username" | "password">> => {
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const [, address = "", username = "", password = ""] = /open\s+(\S+)\n\s+log in\s+(\S+)\s+(\S+)\n/.exec(said) ?? [];
      if (address !== "") {
        resolve({ address, username, password });
      }
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${said}`)));
  });
};
