import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConfigDocument } from "@bilbycast/contracts/config";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import type { RunningEdge } from "./edge.ts";

/** The API of a demonstration takes the first of these that is free. */
export const DEMO_PORTS: readonly number[] = Array.from({ length: 20 }, (_, i) => 8080 + i);

/** Files that are MPEG transport streams by their names. */
export const SAMPLE = /\.(ts|m2t|m2ts)$/;

const MEDIA_FOLDER = fileURLToPath(new URL("../demo/", import.meta.url));

/** An edge that shows itself without any configuration: three test pictures and a sample file to switch between, sent over RTP and UDP, and a way in for the person's own stream. */
export class Demonstration {
  readonly configPath: string;
  readonly mediaFolder = MEDIA_FOLDER;
  readonly #folder: string;
  /** Somebody else's: it stays, and so does what they print. */
  readonly #isKept: boolean;
  #timer: NodeJS.Timeout | undefined;

  private constructor(folder: string, isKept: boolean) {
    this.#folder = folder;
    this.#isKept = isKept;
    this.configPath = join(folder, "config.json");
  }

  /** Writes the configuration to a folder of its own. The name holds the parent's id, so that a restart finds it again, as it was left. */
  static async prepare(): Promise<Demonstration> {
    const files = await readdir(MEDIA_FOLDER).catch(() => []);
    const sample = files.toSorted().find((name) => SAMPLE.test(name));
    if (sample === undefined) {
      throw new Fault("demo_sample_missing", `There is no sample in ${MEDIA_FOLDER}`);
    }
    // Whoever runs a manager beside it keeps the folder: the edge is a node that has registered there.
    const kept = process.env["BILBYCAST_DEMO_DIR"];
    const folder = kept ?? join(tmpdir(), `bilbycast-demo-${process.getuid?.() ?? 0}-${process.ppid}`);
    const isRestart = kept !== undefined || Number(process.env["BILBYCAST_RESTARTS"] ?? 0) > 0;
    const demonstration = new Demonstration(folder, kept !== undefined);
    if (!isRestart || !existsSync(demonstration.configPath)) {
      if (kept === undefined) {
        await rm(folder, { recursive: true, force: true });
      }
      await mkdir(folder, { mode: 0o700, recursive: true });
      await writeFile(demonstration.configPath, `${JSON.stringify(demoConfig(sample), null, 2)}\n`, { mode: 0o600 });
    }
    return demonstration;
  }

  /** Prints the addresses, then a line each second: on a terminal in its place, else one below the other. */
  show(edge: RunningEdge): void {
    if (this.#isKept) {
      return;
    }
    process.stdout.write(greeting(edge.address));
    const isTerminal = process.stdout.isTTY;
    this.#timer = setInterval(() => {
      const line = statusLine(edge.stats());
      process.stdout.write(isTerminal ? `\r\x1b[2K${line.slice(0, Math.max(20, process.stdout.columns - 1))}` : `${line}\n`);
    }, 1_000);
  }

  hide(): void {
    if (this.#isKept) {
      return;
    }
    clearInterval(this.#timer);
    process.stdout.write(process.stdout.isTTY ? "\r\x1b[2Kstopping\n" : "stopping\n");
  }

  async remove(): Promise<void> {
    if (this.#isKept) {
      return;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The configuration of the demonstration. */
export const demoConfig = (sample: string): ConfigDocument => ({
  version: 2,
  device_name: "Demonstration",
  server: { listen_addr: "127.0.0.1", listen_port: 8080 },
  monitor: { listen_addr: "127.0.0.1", listen_port: 9090 },
  inputs: [
    ...[1, 2, 3].map((n) => ({
      type: "test_pattern",
      id: `camera-${n}`,
      name: `Camera ${n}`,
      screen_id: `Camera ${n}`,
      tone_hz: 400 * n,
      active: n === 1,
    })),
    { type: "media_player", id: "sample-in", name: "Sample file", sources: [{ kind: "ts", name: sample }], active: false },
    { type: "udp", id: "live-in", name: "Your stream", bind_addr: "127.0.0.1:5000" },
  ],
  outputs: [
    { type: "rtp", id: "studio-rtp", name: "Studio over RTP", dest_addr: "127.0.0.1:5004" },
    { type: "udp", id: "studio-udp", name: "Studio over UDP", dest_addr: "127.0.0.1:5006" },
    { type: "udp", id: "live-udp", name: "Your stream over UDP", dest_addr: "127.0.0.1:5010" },
  ],
  flows: [
    {
      id: "studio",
      name: "Studio",
      input_ids: ["camera-1", "camera-2", "camera-3", "sample-in"],
      output_ids: ["studio-rtp", "studio-udp"],
    },
    { id: "live", name: "Live", input_ids: ["live-in"], output_ids: ["live-udp"] },
  ],
});

/** One line of what moves and what was lost: `studio running  in 2.00 Mbit/s  rtp 127.0.0.1:5004 2.04 Mbit/s  lost 0  dropped 0 | live …`. */
export const statusLine = (flows: readonly FlowStats[]): string => flows.map(flowPhrase).join(" | ");

const flowPhrase = ({ flow_id: id, state, input, outputs }: FlowStats): string => {
  const listens = input?.["bind_addr"];
  if (state === "stalled" && typeof listens === "string") {
    return `${id} waits for ${input?.input_type} on ${listens}`;
  }
  const rates = outputs.map(
    (output) =>
      `${output.output_type} ${typeof output["dest_addr"] === "string" ? output["dest_addr"] : ""} ${megabits(output.bitrate_bps)}`,
  );
  const dropped = outputs.reduce((sum, output) => sum + output.packets_dropped, 0);
  const losses = `lost ${input?.packets_lost ?? 0}  dropped ${dropped}`;
  return [`${id} ${state}`, `in ${megabits(input?.bitrate_bps ?? 0)}`, ...rates, losses].join("  ");
};

const megabits = (bitsPerSecond: number): string => `${(bitsPerSecond / 1_000_000).toFixed(2)} Mbit/s`;

const greeting = (address: string): string => `bilbycast edge, demonstration

  watch    ffplay udp://127.0.0.1:5006        or  vlc rtp://@127.0.0.1:5004
  feed     ffmpeg -re -i FILE -c copy -f mpegts "udp://127.0.0.1:5000?pkt_size=1316"   and watch udp://127.0.0.1:5010
  switch   curl ${address}/api/v1/flows/studio/activate-input -H 'Content-Type: application/json' -d '{"input_id":"camera-2"}'
  control  ${address}/api/v1/flows             API description: ${address}/api/v1/openapi.json
  look     http://127.0.0.1:9090/          every flow, live
  end      Ctrl-C

`;
