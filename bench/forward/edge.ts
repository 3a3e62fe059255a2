import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@bilbycast/testkit/peers";
import { runningOf, type Collections, type Contender, type Job, type Running } from "./contender.ts";

const EDGE = new URL("../../node_modules/.bin/bilbycast-edge", import.meta.url).pathname;

/** The edge as a person starts it: launcher, REST, everything; UDP in and out. */
export const edgeContender: Contender = {
  name: "edge",
  warmUp: 3,
  takes: () => true,
  start: (job) => startEdge(edgeConfig(job), job),
};

/** What an edge is started with: flows that must run, lanes, microseconds between passes; absent: the edge chooses. */
export type EdgeStart = { flows: number; lanes?: number; tick?: number };

/** Starts an edge and resolves when all its flows run. */
export const startEdge = async (configuration: object, { flows, lanes = 1, tick }: EdgeStart): Promise<Running> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configuration));
  const child = spawn(EDGE, ["--config", config, "--port", "0", "--bind", "127.0.0.1"], {
    stdio: ["ignore", "pipe", "pipe"],
    // One lane for all flows, like the other contenders' one thread, unless it is lanes that are looked at.
    env: { ...process.env, BILBYCAST_LANES: String(lanes), ...(tick === undefined ? {} : { BILBYCAST_TICK_US: String(tick) }) },
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-16_384);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const running = runningOf(child);
  const stop = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor("the edge to say where it listens", () => child.exitCode !== null || API.test(output), 15);
    const api = API.exec(output)?.[1];
    await waitFor("the edge to run all flows", () => child.exitCode !== null || (api !== undefined && runsAll(api, flows)), 15);
  } catch (error) {
    await stop();
    throw new Error(`the edge did not come up:\n${output}`, { cause: error });
  }
  if (child.exitCode !== null) {
    await stop();
    throw new Error(`the edge ended at once:\n${output}`);
  }
  const api = API.exec(output)?.[1] ?? "";
  return { processes: () => running.processes(), collections: () => collectionsOf(api), stop };
};

const API = /(https?:\/\/127\.0\.0\.1:[1-9]\d*)/;

const collectionsOf = async (api: string): Promise<Collections> => {
  const { lanes } = (await (await fetch(`${api}/health`)).json()) as { lanes: { counters: Record<string, number> }[] };
  return {
    count: lanes.reduce((sum, { counters }) => sum + (counters["collections"] ?? 0), 0),
    longest: Math.max(...lanes.map(({ counters }) => counters["longestCollectionUs"] ?? 0)),
  };
};

const runsAll = async (api: string, flows: number): Promise<boolean> => {
  try {
    const answer = await fetch(`${api}/health`);
    const health = (await answer.json()) as { active_flows?: number };
    return health.active_flows === flows;
  } catch {
    return false;
  }
};

const edgeConfig = (job: Job): object => {
  const flows = Array.from({ length: job.flows }, (_, flow) => flow);
  const outputs = Array.from({ length: job.outputs }, (_, output) => output);
  return {
    version: 2,
    server: { listen_addr: "127.0.0.1", listen_port: 8080 },
    inputs: flows.map((flow) => ({
      type: "udp",
      id: `in-${flow}`,
      name: `in ${flow}`,
      active: true,
      bind_addr: `127.0.0.1:${job.inputPort + flow}`,
    })),
    outputs: flows.flatMap((flow) =>
      outputs.map((output) => ({
        type: "udp",
        id: `out-${flow}-${output}`,
        name: `out ${flow} ${output}`,
        active: true,
        dest_addr: `127.0.0.1:${job.outputPort + flow * job.outputs + output}`,
        trains: job.trains,
      })),
    ),
    flows: flows.map((flow) => ({
      id: `flow-${flow}`,
      name: `flow ${flow}`,
      enabled: true,
      input_ids: [`in-${flow}`],
      output_ids: outputs.map((output) => `out-${flow}-${output}`),
      // The other contenders look at nothing: what looking costs is measured by the benchmark mpegts.
      tr101290: false,
      media_analysis: false,
    })),
  };
};
