import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { boundUdpPorts, freePorts, waitFor } from "@bilbycast/testkit/peers";
import { compileProgram } from "../compile.ts";
import { runningOf, said, startCommand, type Running } from "../forward/contender.ts";
import { startEdge } from "../forward/edge.ts";

/** Takes a multiplex on a port of 127.0.0.1 and sends program 1, 2, … of it to as many ports from `outputPort` on. */
type Job = { inputPort: number; outputPort: number; programs: number };

/** `warmUp`: seconds until it costs what it costs. */
type Filter = { warmUp: number; start(job: Job): Promise<Running> };

/** CPU seconds of a gigabit of input, and which part of what was sent came back. */
export type UdpCost = { secondsPerGigabit: number; share: number };

export type UdpTrial = { file: string; rate: number; programs: number; seconds: number; isQuick: boolean };

const QUICK_WARM_UP = 0.3;

const programsOf = ({ programs }: Job): number[] => Array.from({ length: programs }, (_, i) => i);

/** All types of streams, and no tables besides PAT and PMT: the same packets as the edge sends. */
const dvblast: Filter = {
  warmUp: 1,
  start: async (job) => {
    const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
    const file = join(folder, "dvblast.conf");
    writeFileSync(
      file,
      programsOf(job)
        .map((i) => `127.0.0.1:${job.outputPort + i}/udp 1 ${i + 1}\n`)
        .join(""),
    );
    const child = startCommand(["dvblast", "-D", `@127.0.0.1:${job.inputPort}/udp`, "-c", file, "-U", "-z"]);
    const running = runningOf(child);
    const stop = async (): Promise<void> => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    await waitFor("dvblast to listen", () => child.exitCode !== null || boundUdpPorts([job.inputPort]).length > 0, 15);
    return { ...running, stop };
  },
};

const edge = (analyses: boolean): Filter => ({
  warmUp: 4,
  start: (job) =>
    startEdge(
      {
        version: 2,
        server: { listen_addr: "127.0.0.1", listen_port: 8080 },
        inputs: [{ type: "udp", id: "in", name: "in", active: true, bind_addr: `127.0.0.1:${job.inputPort}` }],
        outputs: programsOf(job).map((i) => ({
          type: "udp",
          id: `out-${i}`,
          name: `out ${i}`,
          active: true,
          dest_addr: `127.0.0.1:${job.outputPort + i}`,
          program_number: i + 1,
        })),
        flows: [
          {
            id: "flow",
            name: "flow",
            enabled: true,
            input_ids: ["in"],
            output_ids: programsOf(job).map((i) => `out-${i}`),
            tr101290: analyses,
            media_analysis: analyses,
          },
        ],
      },
      { flows: 1, tick: 0 },
    ),
});

/** Whoever takes part. */
export const FILTERS_OVER_UDP = { edge: edge(false), "edge that analyses": edge(true), dvblast } as const satisfies Record<string, Filter>;

export type UdpFilter = keyof typeof FILTERS_OVER_UDP;

/** What a filter costs with all its processes while it takes a multiplex from loopback and sends programs of it back. */
export const costOverUdp = async (name: UdpFilter, trial: UdpTrial): Promise<UdpCost> => {
  const filter: Filter = FILTERS_OVER_UDP[name];
  const outputPort = await freePorts(trial.programs + 1);
  const job: Job = { inputPort: outputPort + trial.programs, outputPort, programs: trial.programs };
  const running = await filter.start(job);
  const numbers = ["--to", job.inputPort, "--rate", trial.rate, "--sinks", outputPort, "--count", trial.programs].map(String);
  const player = spawn(PLAY(), [trial.file, ...numbers], { stdio: ["pipe", "pipe", "pipe"] });
  try {
    await said(player, "ready");
    await sleep((trial.isQuick ? QUICK_WARM_UP : filter.warmUp) * 1_000);
    const before = cpuOf(running);
    await windowOf(player);
    await sleep(trial.seconds * 1_000);
    const used = cpuOf(running) - before;
    const { sent, received } = await windowOf(player);
    if (received === 0) {
      throw new Error("nothing came back");
    }
    return { secondsPerGigabit: (used * 1e9) / (sent * 8), share: received / sent };
  } finally {
    player.kill("SIGKILL");
    await running.stop();
  }
};

const PLAY = (): string => compileProgram(new URL("c/play.c", import.meta.url).pathname);
const CPU = (): string => compileProgram(new URL("../forward/c/cpu.c", import.meta.url).pathname);

const cpuOf = (running: Running): number => Number(execFileSync(CPU(), running.processes().map(String), { encoding: "utf8" }));

/** Ends the player's window: bytes sent and received since the last end. */
const windowOf = (player: ChildProcess): Promise<{ sent: number; received: number }> =>
  new Promise((resolve, reject) => {
    player.stdout?.once("data", (line: Buffer) => resolve(JSON.parse(line.toString()) as { sent: number; received: number }));
    player.once("exit", () => reject(new Error("the player ended")));
    player.stdin?.write("\n");
  });
