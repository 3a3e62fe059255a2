import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@bilbycast/foundation/fault";
import { Client } from "pg";
import { SOCKET_PORT } from "./layout.ts";
import { SUPERUSER } from "./initialise.ts";

/** Any number would do, as long as it is always the same; locks of the program's own are in another database. */
const FOLDER_LOCK = 0x62_69_6c_62;

/** How long a manager that was killed may hold its lock: until the server notices that its connection is gone. */
const LOCK_PATIENCE_MS = 5_000;
const STEP_MS = 50;

/**
 * The manager's own connection to its server. It holds a lock that makes it the only manager of the folder, however it
 * ends, and it tells at once when the server is gone, whoever started that.
 */
export class Guard {
  readonly #client: Client;
  #onLost: (() => void) | undefined;
  #lost = false;

  private constructor(client: Client) {
    this.#client = client;
    const lose = (): void => {
      this.#lost = true;
      this.#onLost?.();
    };
    client.on("error", lose).on("end", lose);
  }

  /** Waits for the server to take connections, as long as it lives; recovery after a crash may take minutes. */
  static async connect(sockets: string, hasEnded: () => boolean | Promise<boolean>): Promise<Guard | undefined> {
    while (!(await hasEnded())) {
      const client = new Client({ host: sockets, port: SOCKET_PORT, user: SUPERUSER, database: "postgres", application_name: "guard" });
      try {
        const guard = new Guard(client);
        await client.connect();
        return guard;
      } catch {
        await sleep(STEP_MS);
      }
    }
    return undefined;
  }

  /** Makes this manager the only one. */
  async lock(folder: string): Promise<void> {
    for (let waited = 0; ; waited += STEP_MS) {
      const { rows } = await this.#client.query<{ locked: boolean }>(`select pg_try_advisory_lock(${FOLDER_LOCK}) as locked`);
      if (rows[0]?.locked === true) {
        return;
      }
      if (waited >= LOCK_PATIENCE_MS) {
        throw new Fault("database_folder_in_use", `Another manager uses ${folder}. Stop it, or give this one a folder of its own.`);
      }
      await sleep(STEP_MS);
    }
  }

  async clusterName(): Promise<string> {
    const { rows } = await this.#client.query<{ cluster_name: string }>("show cluster_name");
    return rows[0]?.cluster_name ?? "";
  }

  /** Makes the program's account, which has no rights beyond its database, and the database. */
  async ensureDatabase(name: string): Promise<void> {
    const exists = async (table: string, column: string): Promise<boolean> =>
      (await this.#client.query(`select from ${table} where ${column} = $1`, [name])).rowCount === 1;
    if (!(await exists("pg_roles", "rolname"))) {
      await this.#client.query(`create role ${name} login`);
    }
    if (!(await exists("pg_database", "datname"))) {
      await this.#client.query(`create database ${name} owner ${name}`);
    }
  }

  /** Called once, when the connection is gone or is gone already. */
  onLost(lost: () => void): void {
    this.#onLost = lost;
    if (this.#lost) {
      lost();
    }
  }

  async close(): Promise<void> {
    this.#onLost = undefined;
    await this.#client.end().catch(() => undefined);
  }
}
