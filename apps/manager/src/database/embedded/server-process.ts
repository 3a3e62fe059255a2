import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "./account.ts";
import { CLEAN_ENVIRONMENT, refusalOf } from "./initialise.ts";
import type { Layout } from "./layout.ts";
import type { Programs } from "./programs.ts";
import { isAlive } from "./running-server.ts";
import type { ServerLog } from "./server-log.ts";
import { argumentsOf, type Settings } from "./settings.ts";

/** A server that we started; `hasEnded` tells of one that gave up. */
export type ServerProcess = { pid: number; hasEnded: () => boolean };

/**
 * Starts the server, in a session of its own if it is to live on: a Ctrl-C in the terminal then goes to the manager, which
 * ends its work first, and a manager that is killed takes no database with it.
 */
export const spawnServer = (
  layout: Layout,
  programs: Programs,
  account: Account | undefined,
  settings: Settings,
  log: ServerLog,
  livesOn: boolean,
): Promise<ServerProcess> =>
  new Promise((resolve, reject) => {
    const file = log.open();
    const child = spawn(programs.postgres, ["-D", layout.data, ...argumentsOf(settings)], {
      ...account,
      cwd: "/",
      env: CLEAN_ENVIRONMENT,
      detached: livesOn,
      stdio: ["ignore", file, file],
    });
    closeSync(file);
    child.unref();
    child.on("error", (cause) => reject(refusalOf(cause, programs.postgres)));
    child.on("spawn", () => resolve({ pid: child.pid ?? 0, hasEnded: () => child.exitCode !== null || child.signalCode !== null }));
  });

const STEP_MS = 20;
/** Time for a fast stop: transactions are rolled back, what is in memory is written. */
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 5_000;

/** Ends a server: fast, which leaves nothing to recover, and at once when that takes too long. */
export const stopServer = async (pid: number): Promise<void> => {
  for (const [signal, patience] of [
    ["SIGINT", FAST_STOP_MS],
    ["SIGQUIT", IMMEDIATE_STOP_MS],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < patience; waited += STEP_MS) {
      await sleep(STEP_MS);
      if (!isAlive(pid)) {
        return;
      }
    }
  }
};
