import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { peer, type Peer } from "./peer.ts";
import { programBelow } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

const PROGRAMS = new URL("../../node_modules/.bin", import.meta.url).pathname;
const START_SECONDS = 40;

/** An edge that was started by the line that the console shows, in a shell, in a folder of its own; there is its `config.json`. */
export class EdgeByLine {
  readonly #shell: Peer;

  private constructor(shell: Peer) {
    this.#shell = shell;
  }

  /** The line as it is shown, with two more words: its ports are the system's choice, so that neighbours do not meet. */
  static start(line: string, folder: string, environment: Readonly<Record<string, string>> = {}): EdgeByLine {
    mkdirSync(folder, { mode: 0o700 });
    const words = line.trimEnd().replace(/bilbycast-edge$/, "exec bilbycast-edge --port 0 --bind 127.0.0.1");
    return new EdgeByLine(
      peer("sh", ["-c", words], {
        folder,
        environment: {
          PATH: `${PROGRAMS}${delimiter}${process.env["PATH"] ?? ""}`,
          BILBYCAST_MEDIA_DIR: join(folder, "media"),
          BILBYCAST_LANES: "1",
          RUST_LOG: "",
          ...environment,
        },
      }),
    );
  }

  /** Where its own API answers since it was started last. */
  async address(): Promise<string> {
    let isOver = false;
    void this.#shell.exited.then(() => (isOver = true));
    const look = (): string | undefined =>
      [...this.#shell.output().matchAll(/"address":"([^"]+)".*"the edge runs"/g)].at(-1)?.[1] ?? (isOver ? "" : undefined);
    const address = await waitFor("the edge to run", look, START_SECONDS);
    if (address === "") {
      throw new Error(`the edge ended before it ran:\n${this.#shell.output()}`);
    }
    return address;
  }

  /** Of the program that its launcher runs; `undefined`: at the moment there is none. */
  get pid(): number | undefined {
    return programBelow(this.#shell.pid, "main.ts");
  }

  output(): string {
    return this.#shell.output();
  }

  stop(): Promise<void> {
    return this.#shell.stop();
  }
}
