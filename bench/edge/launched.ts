import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { descendantsOf, freePorts } from "@bilbycast/testkit/peers";

const EDGE = new URL("../../node_modules/.bin/bilbycast-edge", import.meta.url).pathname;

/** Packets of a flow's ring where nobody says otherwise. */
const BUS_PACKETS = 4_096;

/** An edge as a person starts it, with idle flows of one UDP input and one UDP output. */
export type LaunchedEdge = {
  /** Milliseconds from the start of the launcher to the line that says that it runs. */
  startedAfter: number;
  address: string;
  /** Process id of the edge itself, behind its launcher. */
  pid: number;
  launcher: number;
  stop(): Promise<void>;
};

/** Starts an edge and waits until it runs; rejects with what it said when it does not. */
export const launchEdge = async (flows: number, busPackets = BUS_PACKETS): Promise<LaunchedEdge> => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(idleConfig(flows, flows === 0 ? 0 : await freePorts(2 * flows), busPackets)));
  const begun = performance.now();
  const child = spawn(EDGE, ["--config", config, "--port", "0", "--bind", "127.0.0.1"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { address, pid } = await runs(child);
    const startedAfter = performance.now() - begun;
    await assertAllOpen(address);
    return { startedAfter, address, pid, launcher: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** A flow that could not open would cost nothing, and the figures would lie. */
const assertAllOpen = async (address: string): Promise<void> => {
  const { data } = (await (await fetch(`${address}/api/v1/stats`)).json()) as {
    data: { flows: { state: string; error?: { message: string } }[] };
  };
  const failed = data.flows.filter(({ state }) => state === "failed");
  if (failed.length > 0) {
    throw new Error(`${failed.length} flows did not open: ${failed[0]?.error?.message}`);
  }
};

const runs = (child: ChildProcess): Promise<{ address: string; pid: number }> =>
  new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("ended abnormally")) {
        reject(new Error(`the edge did not start at once:\n${said}`));
      }
    });
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      if (line.includes('"the edge runs"')) {
        resolve(JSON.parse(line) as { address: string; pid: number });
      } else {
        said = `${said}${line}\n`.slice(-8_192);
      }
    });
    child.once("close", () => reject(new Error(`the edge ended before it ran:\n${said}`)));
  });

const idleConfig = (count: number, port: number, busPackets: number): object => {
  const flows = Array.from({ length: count }, (_, flow) => flow);
  return {
    version: 2,
    inputs: flows.map((flow) => ({ type: "udp", id: `in-${flow}`, name: `in ${flow}`, bind_addr: `127.0.0.1:${port + flow}` })),
    outputs: flows.map((flow) => ({ type: "udp", id: `out-${flow}`, name: `out ${flow}`, dest_addr: `127.0.0.1:${port + count + flow}` })),
    flows: flows.map((flow) => ({
      id: `flow-${flow}`,
      name: `flow ${flow}`,
      input_ids: [`in-${flow}`],
      output_ids: [`out-${flow}`],
      bus_packets: busPackets,
    })),
  };
};

/** Megabytes of memory that a process holds now. */
export const residentMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1024;

/** Seconds of CPU by thread so far: the main thread first, then all others together. */
export const cpuSeconds = (pid: number): { main: number; others: number } => {
  const seconds = (thread: string): number => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9;
  const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid));
  return { main: seconds(String(pid)), others: threads.reduce((sum, thread) => sum + seconds(thread), 0) };
};

/** Everything that an edge consists of, its launcher among it. */
export const megabytesOfAll = (edge: LaunchedEdge): number =>
  [edge.launcher, ...descendantsOf(edge.launcher)].reduce((sum, pid) => sum + residentMegabytes(pid), 0);
