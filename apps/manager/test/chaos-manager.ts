import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts, programBelow, TlsFront, waitFor } from "@bilbycast/testkit/peers";
import { Database } from "../src/database/database.ts";
import { layoutOf, SOCKET_PORT } from "../src/database/embedded/layout.ts";

const LAUNCHER = fileURLToPath(new URL("../bin/bilbycast-manager.cjs", import.meta.url));

/** Killed again and again, a launcher waits longer each time, which tells nothing more. */
export const BRISK = { BILBYCAST_RESTART_PAUSE_MS: "400" };

/** Seconds for a start: on a machine that does much else a database is set up in some of them. */
export const START_SECONDS = 90;

/** The whole program as it is installed: launcher, manager and its own PostgreSQL; in front of it something that ends TLS, for its nodes. */
export class ChaosManager {
  readonly base: string;
  /** A folder that goes with it. */
  readonly outer: string;
  readonly #front: TlsFront;
  readonly #folder: string;
  readonly #launcher: ChildProcess;
  #said = "";

  private constructor(outer: string, front: TlsFront, port: number) {
    this.outer = outer;
    this.#front = front;
    // The program makes its folder itself, as at its first start.
    this.#folder = join(outer, "data");
    this.base = `http://127.0.0.1:${port}`;
    this.#launcher = spawn(process.execPath, [LAUNCHER, "serve"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...BRISK,
        BILBYCAST_DATA_DIR: this.#folder,
        BILBYCAST_PORT: String(port),
        BILBYCAST_TLS_MODE: "behind_proxy",
        BILBYCAST_PUBLIC_URL: `https://localhost:${front.port}`,
        BILBYCAST_JWT_SECRET: randomBytes(32).toString("hex"),
        BILBYCAST_MASTER_KEY: randomBytes(32).toString("hex"),
      },
    });
    for (const stream of [this.#launcher.stdout, this.#launcher.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#said = `${this.#said}${text}`.slice(-20_000)));
    }
  }

  static async start(): Promise<ChaosManager> {
    const port = await freePorts(1);
    const outer = mkdtempSync(join(tmpdir(), "bilbycast-chaos-"));
    chmodSync(outer, 0o711);
    const manager = new ChaosManager(outer, await TlsFront.open(outer, port), port);
    await manager.ready();
    return manager;
  }

  /** Waits until it serves: that it comes back by itself is what is tested. */
  async ready(): Promise<void> {
    try {
      await waitFor(
        "the manager to serve",
        () =>
          fetch(`${this.base}/health/ready`, { signal: AbortSignal.timeout(5_000) }).then(
            ({ ok }) => ok,
            () => false,
          ),
        START_SECONDS,
      );
    } catch (error) {
      throw new Error(`${String(error)}: ${this.#said}`, { cause: error });
    }
  }

  get managerPid(): number | undefined {
    return programBelow(this.#launcher.pid ?? 0, "main.ts");
  }

  /** What a program needs in its environment to know who is in front. */
  get trust(): Readonly<Record<string, string>> {
    return { NODE_EXTRA_CA_CERTS: this.#front.authority };
  }

  /** Of the server's first process, which all others of it end with. */
  get databasePid(): number | undefined {
    try {
      return Number(readFileSync(join(layoutOf(join(this.#folder, "database")).data, "postmaster.pid"), "utf8").split("\n")[0]);
    } catch {
      return undefined;
    }
  }

  /** Past the program, straight into its database. */
  openDatabase(): Promise<Database> {
    const { sockets } = layoutOf(join(this.#folder, "database"));
    return Database.open({ host: sockets, port: SOCKET_PORT, user: "bilbycast", database: "bilbycast" }, { connections: 2 });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#launcher.once("exit", resolve));
    if (this.#launcher.exitCode === null) {
      this.#launcher.kill("SIGTERM");
      await ended;
    }
    this.#front.close();
    rmSync(this.outer, { recursive: true, force: true });
  }
}
