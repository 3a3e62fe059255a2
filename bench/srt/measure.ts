import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Programs } from "../forward/compile.ts";
import { said } from "../forward/contender.ts";
import type { Cipher, Pair, RunningPair } from "./job.ts";
import { laneSeconds, spentByLane } from "./lanes.ts";
import { portsFor } from "./pairs.ts";

/** A load: flows of so many datagrams of 1316 bytes a second each, encrypted or not, and the lanes that carry them. */
export type Trial = { flows: number; rate: number; lanes: number; cipher: Cipher | undefined; onePort: boolean };

/** What arrived in a window, counted by the sink. */
export type Arrived = { received: number; lost: number; reordered: number; duplicated: number };

/** What one run came to: CPU seconds of either end with all its processes. */
export type Measured = Arrived & {
  caller: number;
  listener: number;
  /** CPU seconds of each of the listener's lanes, the most first; empty where there are none. */
  lanes: number[];
};

type Ids = { caller: readonly number[]; listener: readonly number[] };

const GBIT_PER_DATAGRAM = (1_316 * 8) / 1e9;

/** CPU seconds of both ends for a Gbit of TS that arrived. */
export const perGbit = ({ caller, listener, received }: Measured): number => (caller + listener) / (received * GBIT_PER_DATAGRAM);

/** Datagrams a second at which programs warm up: code that runs a few hundred times a second would stay slow for minutes. */
const WARM_RATE = 19_000;
/** Seconds until nothing of the warm-up is under way; a hundred processes that start at once fall behind and catch up first. */
const settleOf = (flows: number): number => 1 + flows / 10;
/** So that numbers behind the warm-up are new ones. */
const BEHIND_WARM_UP = 1_000_000_000;
/** Microseconds between two bursts of the sender; each datagram is one of its own. */
const QUANTUM = 250;

/** Runs one pair under one load, and counts for so many seconds behind the warm-up. */
export const measure = async (programs: Programs, pair: Pair, trial: Trial, seconds: number): Promise<Measured> => {
  const ports = await portsFor(trial.flows);
  const sink = spawn(programs.sink, ["--ports", String(ports.outputPort), "--count", String(trial.flows)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let load: ChildProcess | undefined;
  let running: RunningPair | undefined;
  try {
    await said(sink, "ready");
    running = await pair.start({ ...trial, ...ports });
    const sources = trial.onePort ? 1 : trial.flows;
    load = startLoad(programs, sources, Math.max(trial.rate, Math.ceil(WARM_RATE / trial.flows)), ports.inputPort, 0);
    await sleep(pair.warmUp * 1_000);
    load.kill("SIGKILL");
    load = startLoad(programs, sources, trial.rate, ports.inputPort, BEHIND_WARM_UP);
    await sleep(settleOf(trial.flows) * 1_000);
    const ids = { caller: running.caller.processes(), listener: running.listener.processes() };
    const before = cpuOf(programs, ids);
    const lanesBefore = laneSeconds(ids.listener);
    await windowOf(sink);
    await sleep(seconds * 1_000);
    const after = cpuOf(programs, ids);
    const lanes = spentByLane(lanesBefore, laneSeconds(ids.listener));
    const arrived = await windowOf(sink);
    if (arrived.received === 0) {
      throw new Error("nothing arrived");
    }
    return { ...arrived, caller: after.caller - before.caller, listener: after.listener - before.listener, lanes };
  } finally {
    load?.kill("SIGKILL");
    await running?.caller.stop();
    await running?.listener.stop();
    sink.kill("SIGKILL");
  }
};

/** Of both ends, by their process ids: to look for these takes longer than to ask. */
const cpuOf = (programs: Programs, { caller, listener }: Ids): Record<keyof Ids, number> => {
  const used = (ids: readonly number[]): number => Number(execFileSync(programs.cpu, ids.map(String), { encoding: "utf8" }));
  return { caller: used(caller), listener: used(listener) };
};

const startLoad = (programs: Programs, flows: number, rate: number, port: number, first: number): ChildProcess => {
  const numbers = ["--to", port, "--flows", flows, "--pps", rate, "--quantum", QUANTUM, "--first", first].map(String);
  return spawn(programs.send, numbers, { stdio: "ignore" });
};

/** Ends the sink's window: what arrived since the last end. */
const windowOf = (sink: ChildProcess): Promise<Arrived> =>
  new Promise((resolve, reject) => {
    sink.stdout?.once("data", (line: Buffer) => resolve(JSON.parse(line.toString()) as Arrived));
    sink.once("exit", () => reject(new Error("the sink ended")));
    sink.stdin?.write("\n");
  });
