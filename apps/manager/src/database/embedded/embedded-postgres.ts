import { mkdirSync, realpathSync, readdirSync, rmSync, statSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault, faultBodyOf } from "@bilbycast/foundation/fault";
import type { ConnectionTarget } from "../connection-target.ts";
import { accountFor, obstacleFor, type Account } from "./account.ts";
import { Guard } from "./guard.ts";
import { handOver, initialise, madeBy, privateFolder, run } from "./initialise.ts";
import { layoutOf, SOCKET_PORT, type Layout } from "./layout.ts";
import { installPrograms, removeOtherPrograms, type Programs } from "./programs.ts";
import { findRunningServer } from "./running-server.ts";
import { faultOfOutput, ServerLog } from "./server-log.ts";
import { spawnServer, stopServer } from "./server-process.ts";
import { settingsOf, type Settings } from "./settings.ts";

/** What happens to an embedded server, for the log. */
export type EmbeddedEvent = {
  kind: "initialised" | "started" | "adopted" | "replaced" | "died" | "restart_failed" | "stopped";
  message: string;
};

export type EmbeddedOptions = {
  /** A folder for the database alone; made when absent. As root: reachable by others, so not below a closed home. */
  folder: string;
  onEvent?: (event: EmbeddedEvent) => void;
  /** For tests: where the copies of the programs lie, settings besides our own, a first start without waiting for the disk. */
  programs?: string;
  settings?: Settings;
  sync?: boolean;
  /** For tests: whether it lives on when this process is killed together with its group; otherwise it does. */
  livesOn?: boolean;
};

/** A server that runs and is ours alone, and how it came to that. */
type Found = { guard: Guard } & EmbeddedEvent;

/** The program's account and its database. */
const DATABASE = "bilbycast";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const CONTENDED_STARTS_MAX = 200;

/**
 * A PostgreSQL server of our own, which nobody but us reaches. It is set up at its first start, taken over when it
 * outlived a manager that was killed, restarted when it dies, and stopped by `stop` alone.
 */
export class EmbeddedPostgres {
  readonly #layout: Layout;
  readonly #programs: Programs;
  readonly #account: Account | undefined;
  readonly #settings: Settings;
  readonly #log: ServerLog;
  readonly #livesOn: boolean;
  readonly #onEvent: (event: EmbeddedEvent) => void;
  #guard: Guard | undefined;
  /** Zero until a server is ours. */
  #pid = 0;
  #sockets: string;
  #stopping = false;
  #reviving: Promise<void> | undefined;

  private constructor(layout: Layout, programs: Programs, account: Account | undefined, options: EmbeddedOptions) {
    this.#layout = layout;
    this.#programs = programs;
    this.#account = account;
    this.#settings = settingsOf(layout, programs.version, options.settings);
    this.#log = new ServerLog(layout.log);
    this.#livesOn = options.livesOn ?? true;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#sockets = layout.sockets;
  }

  static async start(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
    const layout = layoutOf(openFolder(options.folder));
    const account = accountFor(layout.data);
    const programs = await installPrograms(options.programs ?? layout.programs).catch((cause: unknown) => {
      throw unusable(layout.folder, cause);
    });
    await checkPrograms(programs, account, layout);
    const server = new EmbeddedPostgres(layout, programs, account, options);
    await server.#prepare(options.sync ?? true).catch((cause: unknown) => {
      throw unusable(layout.folder, cause);
    });
    try {
      server.#watch(await server.#run());
    } catch (error) {
      // Nobody is left to manage it; whoever else has the folder keeps a server that we did not lock.
      if (server.#pid !== 0) {
        await stopServer(server.#pid);
      }
      throw error;
    }
    if (options.programs === undefined) {
      await removeOtherPrograms(layout.programs, programs);
    }
    removeLeftovers(layout.folder);
    return server;
  }

  /** How the program gets in. */
  get target(): ConnectionTarget {
    return { host: this.#sockets, port: SOCKET_PORT, user: DATABASE, database: DATABASE };
  }

  /** Of the server's first process. */
  get pid(): number {
    return this.#pid;
  }

  /** Stops the server in the fast way: whoever is connected is told, nothing is left to recover. */
  async stop(): Promise<void> {
    if (this.#stopping) {
      return;
    }
    this.#stopping = true;
    await this.#reviving;
    await this.#guard?.close();
    await stopServer(this.#pid);
    this.#tell("stopped", "The embedded PostgreSQL was stopped.");
  }

  async #prepare(sync: boolean): Promise<void> {
    const { data, sockets } = this.#layout;
    const major = madeBy(data);
    if (major === undefined) {
      await initialise(this.#layout, this.#programs, this.#account, { sync });
      this.#tell("initialised", `A database was made in ${this.#layout.folder}.`);
    } else if (major !== this.#programs.major) {
      throw new Fault(
        "database_version_mismatch",
        `PostgreSQL ${major} made ${data}, and this program brings PostgreSQL ${this.#programs.major}. Export with the former version of this program and import with this one, or use pg_upgrade.`,
        { details: { madeBy: major, program: this.#programs.major } },
      );
    } else if (this.#account !== undefined && statSync(data).uid === 0) {
      // Somebody copied it back as root.
      handOver(data, this.#account);
    }
    privateFolder(sockets, this.#account);
  }

  /** Makes a server run, us its only manager, and the database be there; only then is it said to have started. */
  async #run(): Promise<Guard> {
    for (let attempt = 0; attempt < CONTENDED_STARTS_MAX; attempt++) {
      const found = (await this.#takeOver()) ?? (await this.#startOne());
      if (found !== undefined) {
        await closedWhenRefused(found.guard, found.guard.ensureDatabase(DATABASE));
        this.#tell(found.kind, found.message);
        return found.guard;
      }
      // What a killed server left is still ending, or another manager was quicker: look again.
      await sleep(FIRST_PAUSE_MS);
    }
    throw faultOfOutput("database_start_failed", "The embedded PostgreSQL did not start.", this.#log.tail());
  }

  /** Takes over a server that runs; one of another version or with other settings is stopped. */
  async #takeOver(): Promise<Found | undefined> {
    const running = await findRunningServer(this.#layout.data);
    if (running === undefined) {
      return undefined;
    }
    const isGone = async (): Promise<boolean> => (await findRunningServer(this.#layout.data))?.pid !== running.pid;
    const guard = await Guard.connect(running.sockets, isGone);
    if (guard === undefined) {
      return undefined;
    }
    await closedWhenRefused(guard, guard.lock(this.#layout.folder));
    if ((await guard.clusterName()) === this.#settings["cluster_name"]) {
      this.#pid = running.pid;
      this.#sockets = running.sockets;
      return { guard, kind: "adopted", message: `The embedded PostgreSQL (process ${running.pid}) ran already and was taken over.` };
    }
    await guard.close();
    await stopServer(running.pid);
    this.#tell("replaced", `An embedded PostgreSQL of another version or with other settings (process ${running.pid}) was stopped.`);
    return undefined;
  }

  async #startOne(): Promise<Found | undefined> {
    const child = await spawnServer(this.#layout, this.#programs, this.#account, this.#settings, this.#log, this.#livesOn);
    const guard = await Guard.connect(this.#layout.sockets, child.hasEnded);
    if (guard === undefined) {
      const output = this.#log.tail();
      if (/pre-existing shared memory block|lock file ".*" already exists/.test(output)) {
        return undefined;
      }
      throw faultOfOutput("database_start_failed", "The embedded PostgreSQL did not start.", output);
    }
    await closedWhenRefused(guard, guard.lock(this.#layout.folder));
    this.#pid = child.pid;
    this.#sockets = this.#layout.sockets;
    return { guard, kind: "started", message: `The embedded PostgreSQL (process ${child.pid}) was started.` };
  }

  #revive(): void {
    if (this.#stopping || this.#reviving !== undefined) {
      return;
    }
    this.#tell("died", "The embedded PostgreSQL ended by itself; it is started again.");
    this.#reviving = this.#runAgain().then((guard) => {
      // In this order: a server that is gone already by now is to be revived, and nothing revives while reviving.
      this.#reviving = undefined;
      if (guard !== undefined) {
        this.#watch(guard);
      }
    });
  }

  #watch(guard: Guard): void {
    this.#guard = guard;
    guard.onLost(() => this.#revive());
  }

  async #runAgain(): Promise<Guard | undefined> {
    for (let pause = FIRST_PAUSE_MS; !this.#stopping; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await this.#run();
      } catch (error) {
        this.#tell("restart_failed", faultBodyOf(error).message);
        await sleep(pause);
      }
    }
    return undefined;
  }

  #tell(kind: EmbeddedEvent["kind"], message: string): void {
    this.#onEvent({ kind, message });
  }
}

/** A guard that nobody holds would keep its lock, and the next try would take it for another manager. */
const closedWhenRefused = async (guard: Guard, step: Promise<void>): Promise<void> => {
  try {
    await step;
  } catch (error) {
    await guard.close();
    throw error;
  }
};

/** Makes the folder; others may pass through it to reach nothing, since what is in it is closed by itself. */
const openFolder = (folder: string): string => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) {
      chmodSync(folder, 0o711);
    }
    return realpathSync(folder);
  } catch (cause) {
    throw unusable(folder, cause);
  }
};

const unusable = (folder: string, cause: unknown): unknown =>
  cause instanceof Fault
    ? cause
    : (cause as NodeJS.ErrnoException).code === "ENOSPC"
      ? new Fault("database_disk_full", `There is no room left for the database in ${folder}.`, { cause })
      : new Fault("database_folder_unusable", `The folder ${folder} of the database cannot be used.`, { cause });

/** Finds out before anything else whether the server's account gets to the folder and can run the programs. */
const checkPrograms = async (programs: Programs, account: Account | undefined, layout: Layout): Promise<void> => {
  const obstacle = account === undefined ? undefined : obstacleFor(account, layout.folder);
  if (obstacle !== undefined) {
    throw new Fault(
      "database_folder_unreachable",
      `PostgreSQL runs as account ${account?.uid ?? ""}, because it refuses to run as root, and that account may not pass through ${obstacle} to the database's folder ${layout.folder}. Choose a folder such as /var/lib/bilbycast.`,
    );
  }
  const { code, output } = await run(programs.postgres, ["--version"], account);
  if (code !== 0) {
    throw faultOfOutput("database_programs_unusable", "The embedded PostgreSQL cannot be run.", output);
  }
};

/** What first starts left that were interrupted. */
const removeLeftovers = (folder: string): void => {
  for (const name of readdirSync(folder).filter((each) => each.startsWith(".initdb-"))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
};
