import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "@bilbycast/testkit/peers";
import type { Programs } from "./compile.ts";
import { said, type Collections, type Contender, type Job, type Running } from "./contender.ts";

/** A load and what is asked of it. */
export type Trial = {
  flows: number;
  outputs: number;
  /** Datagrams of 1316 bytes a second, each flow. */
  rate: number;
  /** Microseconds between two bursts of the sender. */
  quantum: number;
  trains: boolean;
  /** Datagrams in the sender's longest train; 1: each by itself. */
  sentTrain: number;
  tick: number;
};

/** Seconds. */
export type Times = { warmUp: number; window: number };

/** What one run came to. Latencies in microseconds, from the sender's call to the sink's. */
export type Measured = {
  cpuSeconds: number;
  received: number;
  lost: number;
  reordered: number;
  p50: number;
  p99: number;
  /** In the window, and the longest lately in microseconds; where the contender knows. */
  collections?: Collections;
};

/** Datagrams in a gigabit: 1316 bytes of payload each. */
export const DATAGRAMS_PER_GBIT = 1e9 / (1316 * 8);

/** CPU seconds of the forwarder for a million datagrams that arrived. */
export const perMillion = (measured: Measured): number => (measured.cpuSeconds / measured.received) * 1e6;

/** Runs one contender under one load, and counts only behind the warm-up. Without a contender the sender feeds the sink directly. */
export const measure = async (programs: Programs, contender: Contender | undefined, trial: Trial, times: Times): Promise<Measured> => {
  const sinks = trial.flows * trial.outputs;
  const outputPort = await freePorts(sinks + trial.flows);
  const inputPort = outputPort + sinks;
  const job: Job = { flows: trial.flows, outputs: trial.outputs, inputPort, outputPort, trains: trial.trains, tick: trial.tick };
  const sink = spawn(programs.sink, ["--ports", String(outputPort), "--count", String(sinks)], { stdio: ["pipe", "pipe", "pipe"] });
  let load: ChildProcess | undefined;
  let running: Running | undefined;
  try {
    await said(sink, "ready");
    running = await contender?.start(job);
    load = startLoad(programs, trial, running === undefined ? outputPort : inputPort);
    await sleep(times.warmUp * 1000);
    const collectionsBefore = await running?.collections?.();
    const before = cpuOf(programs, running);
    await windowOf(sink);
    await sleep(times.window * 1000);
    const cpuSeconds = cpuOf(programs, running) - before;
    const arrived = await windowOf(sink);
    const collectionsAfter = await running?.collections?.();
    if (arrived.received === 0) {
      throw new Error("nothing arrived");
    }
    if (collectionsBefore === undefined || collectionsAfter === undefined) {
      return { cpuSeconds, ...arrived };
    }
    const collections = { count: collectionsAfter.count - collectionsBefore.count, longest: collectionsAfter.longest };
    return { cpuSeconds, ...arrived, collections };
  } finally {
    load?.kill("SIGKILL");
    await running?.stop();
    sink.kill("SIGKILL");
  }
};

const cpuOf = (programs: Programs, running: Running | undefined): number =>
  running === undefined ? 0 : Number(execFileSync(programs.cpu, running.processes().map(String), { encoding: "utf8" }));

const startLoad = (programs: Programs, trial: Trial, port: number): ChildProcess => {
  const numbers = ["--to", port, "--flows", trial.flows, "--pps", trial.rate, "--quantum", trial.quantum].map(String);
  return spawn(programs.send, [...numbers, "--trains", String(trial.sentTrain)], { stdio: "ignore" });
};

/** Ends the sink's window: what arrived since the last end. */
const windowOf = (sink: ChildProcess): Promise<Omit<Measured, "cpuSeconds">> =>
  new Promise((resolve, reject) => {
    sink.stdout?.once("data", (line: Buffer) => resolve(JSON.parse(line.toString()) as Omit<Measured, "cpuSeconds">));
    sink.once("exit", () => reject(new Error("the sink ended")));
    sink.stdin?.write("\n");
  });
