import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf } from "@bilbycast/testkit/peers";
import { residentMegabytes } from "../edge/launched.ts";
import type { Load } from "./load.ts";

/** As the manager is started. */
const { NODE_FLAGS } = createRequire(import.meta.url)("../../apps/manager/bin/node-flags.cjs") as { NODE_FLAGS: string[] };
const HOST = new URL("../../apps/manager/test/load-host.ts", import.meta.url).pathname;

/** A manager in a process of its own, with its PostgreSQL and nodes that may come in. */
export type Host = { pid: number; base: string; password: string; nodes: { id: string; secret: string }[]; stop: () => Promise<void> };

export const startHost = async (nodes: number, consoleFolder?: string): Promise<Host> => {
  const child = spawn(process.execPath, [...NODE_FLAGS, HOST, String(nodes), ...(consoleFolder === undefined ? [] : [consoleFolder])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const said = await new Promise<Pick<Host, "base" | "password" | "nodes">>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once("line", (line) => resolve(JSON.parse(line) as Host));
    lines.once("close", () => reject(new Error("the manager did not start")));
  });
  return {
    ...said,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill("SIGTERM");
      await gone;
    },
  };
};

/** CPU in percent of a core, memory in megabytes, statistics in a second, kilobytes to each browser in a second. */
export type Cost = { own: number; database: number; megabytes: number; ownMegabytes: number; rate: number; browserKilobytes: number };

export const costOver = async (pid: number, seconds: number, load: Load, bytes: () => number, browsers: number): Promise<Cost> => {
  const from = { own: cpuOf([pid]), database: cpuOf(descendantsOf(pid)), sent: load.sent, at: performance.now(), bytes: bytes() };
  await sleep(seconds * 1_000);
  const took = (performance.now() - from.at) / 1_000;
  const others = descendantsOf(pid);
  return {
    own: ((cpuOf([pid]) - from.own) / took) * 100,
    database: ((cpuOf(others) - from.database) / took) * 100,
    megabytes: [pid, ...others].reduce((sum, each) => sum + (residentMegabytes(each) || 0), 0),
    ownMegabytes: residentMegabytes(pid),
    rate: (load.sent - from.sent) / took,
    browserKilobytes: (bytes() - from.bytes) / took / browsers / 1_024,
  };
};

/** Seconds that processes and those of them that have ended have computed. Hundredths of a second are what the system counts in. */
const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return sum + [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0) / 100;
    } catch {
      return sum;
    }
  }, 0);
