import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

/** Last words that are kept. Characters. */
const LAST_WORDS = 8_192;

/** A running `ffmpeg` that reads its standard input and writes to pipes. It belongs to the host's group and ends with it. */
export class FfmpegProcess {
  readonly ended: Promise<void>;
  /** What it has said; with `-loglevel info` also of what it reads. */
  words = "";
  isOver = false;
  readonly #child: ChildProcess;

  /** `taken`: by descriptor, 1 or 3, who gets what it writes there. */
  constructor(args: readonly string[], taken: Readonly<Record<number, (bytes: Buffer) => void>>) {
    const child = spawn("ffmpeg", ["-hide_banner", "-nostats", ...args], {
      stdio: ["pipe", "pipe", "pipe", 3 in taken ? "pipe" : "ignore"],
    });
    this.#child = child;
    child.stdin?.on("error", () => {});
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.words = (this.words + text).slice(-LAST_WORDS)));
    for (const [descriptor, take] of Object.entries(taken)) {
      (child.stdio[Number(descriptor)] as Readable | null)?.on("data", take);
    }
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.words += error.message;
        this.isOver = true;
        resolve();
      });
      child.once("close", () => {
        this.isOver = true;
        resolve();
      });
    });
  }

  /** Resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    if (stdin === null || this.isOver) {
      throw new Error(`ffmpeg has ended: ${this.words.trim().split("\n").at(-1) ?? ""}`);
    }
    if (!stdin.write(bytes)) {
      await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), this.ended]);
    }
  }

  end(bytes?: Uint8Array): void {
    this.#child.stdin?.end(bytes);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
