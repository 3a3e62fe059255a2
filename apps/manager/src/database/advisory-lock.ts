import { createHash } from "node:crypto";
import { sql } from "kysely";
import { Client } from "pg";
import type { ConnectionTarget } from "./connection-target.ts";
import { clientConfig, connectFault } from "./pool.ts";
import { queryFault } from "./query-fault.ts";
import type { Transaction } from "./tables.ts";

/** The number by which PostgreSQL knows a lock of this name: the same in every version and on every machine. 64 bits, signed. */
export const lockKey = (name: string): bigint => createHash("sha256").update(name).digest().readBigInt64BE(0);

/** Takes the lock until the end of the transaction, if nobody has it. */
export const tryLock = async (tx: Transaction, name: string): Promise<boolean> => {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(${sql.lit(lockKey(name))}) as locked`.execute(tx);
  return rows[0]?.locked === true;
};

/** Takes the lock until the end of the transaction, and waits for whoever has it. */
export const lock = async (tx: Transaction, name: string): Promise<void> => {
  await sql`select pg_advisory_xact_lock(${sql.lit(lockKey(name))})`.execute(tx);
};

/** Between two looks at whether the connection, and with it the lock, is still there. */
const HEARTBEAT_MS = 5_000;
const ANSWER_MS = 5_000;

/**
 * A lock that outlasts transactions. It is held by a connection of its own and falls with it, so whoever holds it watches
 * `lost` and stops: from then on another instance may hold it. Work that must not be done twice even then checks a number
 * in the database that rises with each holder.
 */
export class SessionLock {
  readonly #client: Client;
  readonly #lost = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(client: Client) {
    this.#client = client;
    const lose = (): void => this.#lose();
    client.on("error", lose).on("end", lose);
    this.#heartbeat = setInterval(() => void client.query("select 1").catch(lose), HEARTBEAT_MS).unref();
  }

  /** Takes the lock of this name; `undefined` when another session has it. */
  static async tryAcquire(target: ConnectionTarget, name: string): Promise<SessionLock | undefined> {
    const client = new Client({ ...clientConfig(target, "lock"), query_timeout: ANSWER_MS });
    // A broken connection speaks to the statement that meets it; nobody else listens yet.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1) as locked", [lockKey(name).toString()]);
      if (rows[0]?.locked === true) {
        return new SessionLock(client);
      }
    } catch (error) {
      await client.end().catch(() => undefined);
      throw connectFault(queryFault(error));
    }
    await client.end();
    return undefined;
  }

  /** Aborted when the lock is lost or was given back. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    this.#lose();
    await this.#client.end().catch(() => undefined);
  }

  #lose(): void {
    clearInterval(this.#heartbeat);
    this.#lost.abort();
  }
}
