import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { buildConsole } from "../console-build.ts";
import type { RunningStack } from "../stack/running-stack.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const LAUNCHER = join(ROOT, "apps", "manager", "bin", "bilbycast-manager.cjs");
const FIRST = { username: "admin", password: "Bilby-Desk-2026" };

/** A manager as it is installed, with its own database and its console, and nothing beside it. */
export const startManager = async (folder: string): Promise<RunningStack> => {
  await buildConsole(ROOT);
  const { NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
  const dataDir = join(folder, "data");
  const environment = {
    ...inherited,
    BILBYCAST_DATA_DIR: dataDir,
    BILBYCAST_ADMIN_USERNAME: FIRST.username,
    BILBYCAST_ADMIN_PASSWORD: FIRST.password,
    BILBYCAST_JWT_SECRET: randomBytes(32).toString("hex"),
    BILBYCAST_MASTER_KEY: randomBytes(32).toString("hex"),
  };
  const run = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [LAUNCHER, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const setup = run("setup");
  const said = textOf(setup);
  if ((await ended(setup)) !== 0) {
    throw new Error(`the manager could not be set up:\n${said()}`);
  }
  const manager = run("serve", "--port", "0");
  return {
    address: await addressOf(manager),
    ...FIRST,
    dataDir,
    end: () => {
      manager.kill("SIGTERM");
      return ended(manager);
    },
  };
};

const textOf = (child: ChildProcess): (() => string) => {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-20_000)));
  }
  return () => said;
};

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(child.exitCode);
    } else {
      child.once("exit", (code) => resolve(code));
    }
  });

const addressOf = (child: ChildProcess): Promise<string> => {
  const said = textOf(child);
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [, address] = /"address":"([^"]+)".*"msg":"the manager runs"/.exec(said()) ?? [];
      if (address !== undefined) {
        resolve(address);
      }
    });
    child.once("exit", (code) => reject(new Error(`the manager ended with ${code}:\n${said()}`)));
  });
};
