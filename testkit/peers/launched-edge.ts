import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peer, type Peer } from "./peer.ts";
import { waitFor } from "./wait-for.ts";

/** The program as npm installs it, run by whatever Node the machine has. */
const PROGRAM = fileURLToPath(new URL("../../node_modules/.bin/bilbycast-edge", import.meta.url));

type Fields = Record<string, unknown>;

/** A flow of one input, of which only type and fields of the transport need saying. */
export type LaunchedFlow = { id: string; input: Fields; outputs: readonly Fields[] };

/** What a flow's stats say, the fields of the transports among them. */
export type LaunchedFlowStats = Fields & { state: string; input: Fields; outputs: Fields[] };

const START_SECONDS = 30;

/** The edge as a user starts it, behind its launcher, with a folder for its configuration and media. */
export class LaunchedEdge {
  readonly launcher: Peer;
  readonly configPath: string;

  private constructor(folder: string, config: Fields, environment: Readonly<Record<string, string>> = {}) {
    this.configPath = join(folder, "config.json");
    writeFileSync(this.configPath, JSON.stringify(config));
    this.launcher = peer(PROGRAM, ["--config", this.configPath, "--port", "0", "--bind", "127.0.0.1"], {
      folder,
      environment: { BILBYCAST_MEDIA_DIR: folder, RUST_LOG: "", ...environment },
    });
  }

  /** Starts without waiting. The folder is also its media library. */
  static launch(folder: string, flows: readonly LaunchedFlow[], environment: Readonly<Record<string, string>> = {}): LaunchedEdge {
    return new LaunchedEdge(folder, configOf(flows), environment);
  }

  /** The same with a configuration as somebody wrote it. */
  static launchWith(folder: string, config: Fields): LaunchedEdge {
    return new LaunchedEdge(folder, config);
  }

  /** Resolves when the API answers, with its address, when the edge runs for the n-th time. Rejects, with what it said, when it does not come to that. */
  async running(times: number): Promise<string> {
    let over = false;
    void this.launcher.exited.then(() => (over = true));
    const found = await waitFor("the edge to run", () => this.#addresses()[times - 1] ?? (over ? "" : undefined), START_SECONDS);
    if (found === "") {
      throw new Error(`the edge ended before it ran:\n${this.launcher.output()}`);
    }
    return found;
  }

  async get(path: string): Promise<Fields> {
    const response = await fetch(`${this.#addresses().at(-1)}${path}`);
    return (await response.json()) as Fields;
  }

  async stats(flowId: string): Promise<LaunchedFlowStats> {
    return (await this.get(`/api/v1/stats/${flowId}`))["data"] as LaunchedFlowStats;
  }

  /** The UDP port that a flow's input listens on. */
  async port(flowId: string): Promise<number> {
    return Number(
      String((await this.stats(flowId)).input["local_addr"])
        .split(":")
        .at(-1),
    );
  }

  #addresses(): string[] {
    return [...this.launcher.output().matchAll(/^\{.*"address":"([^"]+)".*"the edge runs".*\}$/gm)].map(([, address]) => address ?? "");
  }
}

const configOf = (flows: readonly LaunchedFlow[]): Fields => {
  const named = (id: string, fields: Fields): Fields => ({ ...fields, id, name: id });
  const outputIds = ({ id, outputs }: LaunchedFlow): string[] => outputs.map((_, i) => `${id}-out-${i}`);
  return {
    version: 2,
    inputs: flows.map(({ id, input }) => named(`${id}-in`, input)),
    outputs: flows.flatMap((flow) => flow.outputs.map((output, i) => named(outputIds(flow)[i] ?? "", output))),
    flows: flows.map((flow) => ({ id: flow.id, name: flow.id, input_ids: [`${flow.id}-in`], output_ids: outputIds(flow) })),
  };
};
