import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./temporary-folder.ts";

const LAUNCHER = fileURLToPath(new URL("../bin/bilbycast-edge.cjs", import.meta.url));

type Line = Record<string, unknown> & { msg?: string; pid?: number; address?: string };

export type Ended = { code: number | null; signal: NodeJS.Signals | null };

/** A real edge behind its launcher, on a port that the system chooses, with a folder of its own. It ends with the test. */
export class EdgeProcess {
  readonly configPath: string;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr = "";
  readonly #lines: Line[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  private constructor(configPath: string, words: readonly string[]) {
    this.configPath = configPath;
    const folder = join(configPath, "..");
    const env = { ...process.env, BILBYCAST_MEDIA_DIR: folder, BILBYCAST_LANES: "1", RUST_LOG: "" };
    this.child = spawn(process.execPath, [LAUNCHER, ...words], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    createInterface({ input: this.child.stdout ?? process.stdin }).on("line", (text) => this.#hear(text));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        this.#isOver = true;
        this.#wake();
        resolve({ code, signal });
      });
    });
  }

  /** Starts without waiting. A configuration goes to the disk as it is when it is text. */
  static launch(t: TestContext, config?: unknown, words?: readonly string[]): EdgeProcess {
    const configPath = join(temporaryFolder(t), "config.json");
    if (config !== undefined) {
      writeFileSync(configPath, typeof config === "string" ? config : JSON.stringify(config));
    }
    const edge = new EdgeProcess(configPath, words ?? ["--config", configPath, "--port", "0", "--bind", "127.0.0.1"]);
    t.after(async () => {
      edge.child.kill("SIGTERM");
      await edge.ended;
    });
    return edge;
  }

  /** Starts and waits until the API answers. */
  static async start(t: TestContext, config?: unknown): Promise<EdgeProcess> {
    const edge = EdgeProcess.launch(t, config);
    await edge.running(1);
    return edge;
  }

  /** The log line of the n-th time that the edge runs. Rejects when it ends before. */
  async running(times: number): Promise<{ pid: number; address: string }> {
    for (;;) {
      const line = this.#lines.filter((candidate) => candidate.msg === "the edge runs")[times - 1];
      if (line?.pid !== undefined && line.address !== undefined) {
        return { pid: line.pid, address: line.address };
      }
      if (this.#isOver) {
        throw new Error(`the edge ended before it ran: ${this.stderr}\n${JSON.stringify(this.#lines)}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Lines of the log so far whose message has these words. */
  logged(words: string): Line[] {
    return this.#lines.filter(({ msg }) => msg?.includes(words));
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const times = this.#lines.filter((line) => line.msg === "the edge runs").length;
    const { address } = await this.running(times);
    const response = await fetch(`${address}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  #hear(text: string): void {
    try {
      this.#lines.push(JSON.parse(text) as Line);
    } catch {
      this.#lines.push({ text });
    }
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) {
      resolve();
    }
    this.#waiting.clear();
  }
}
