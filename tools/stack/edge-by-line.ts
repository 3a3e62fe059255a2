import { mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { peer, waitFor, type Peer } from "@bilbycast/testkit/peers";

const PROGRAMS = new URL("../../node_modules/.bin", import.meta.url).pathname;
const START_SECONDS = 40;

/** An edge that was started by the line that the console shows, in a shell, in a folder of its own. */
export class EdgeByLine {
  readonly #shell: Peer;

  private constructor(shell: Peer) {
    this.#shell = shell;
  }

  /** The line as it is shown, with two more words: its ports are the system's choice, so that neighbours do not meet. */
  static start(line: string, folder: string): EdgeByLine {
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
        },
      }),
    );
  }

  /** Where its own API answers. */
  async address(): Promise<string> {
    let isOver = false;
    void this.#shell.exited.then(() => (isOver = true));
    const look = (): string | undefined =>
      /"address":"([^"]+)".*"the edge runs"/.exec(this.#shell.output())?.[1] ?? (isOver ? "" : undefined);
    const address = await waitFor("the edge to run", look, START_SECONDS);
    if (address === "") {
      throw new Error(`the edge ended before it ran:\n${this.#shell.output()}`);
    }
    return address;
  }

  stop(): Promise<void> {
    return this.#shell.stop();
  }
}
