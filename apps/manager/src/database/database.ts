import { Fault, isFault } from "@bilbycast/foundation/fault";
import { Kysely, sql } from "kysely";
import type { ConnectionTarget } from "./connection-target.ts";
import { createPool, DEFAULT_BOUNDS, FaultingDialect, type PoolBounds } from "./pool.ts";
import type { Queries, Tables, Transaction } from "./tables.ts";
import { runTransaction, type TransactionOptions } from "./transaction.ts";

/** The oldest PostgreSQL whose every feature that we use is there and that is still cared for. */
export const OLDEST_MAJOR = 16;

/** The manager's database: the only way to its tables. Statements fail with a `Fault` of `DATABASE_FAULTS`. */
export class Database {
  /** For statements that stand alone. */
  readonly queries: Queries;
  /** For connections of one's own: listeners, locks of a session. */
  readonly target: ConnectionTarget;

  private constructor(target: ConnectionTarget, bounds: PoolBounds) {
    this.target = target;
    this.queries = new Kysely<Tables>({ dialect: new FaultingDialect({ pool: createPool(target, bounds) }) });
  }

  /** Connects, waiting out a server that starts, and looks whether it is one that we work with. It migrates nothing. */
  static async open(target: ConnectionTarget, bounds: Partial<PoolBounds> = {}): Promise<Database> {
    const database = new Database(target, { ...DEFAULT_BOUNDS, ...bounds });
    try {
      await database.#checkVersion();
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  /**
   * Carries out the work in one transaction: all of it is kept, or nothing. It is carried out again when it met others
   * (deadlock, serialization), so it does nothing outside of the database that may not happen twice.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return runTransaction(this.queries, work, options);
  }

  /** Whether the database answers, for health. */
  async isReachable(): Promise<boolean> {
    try {
      await sql`select 1`.execute(this.queries);
      return true;
    } catch (error) {
      if (isFault(error)) {
        return false;
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.queries.destroy();
  }

  async #checkVersion(): Promise<void> {
    const { rows } = await sql<{ number: number }>`select current_setting('server_version_num')::int as number`.execute(this.queries);
    requireVersion(rows[0]?.number ?? 0);
  }
}

/** Refuses a server that is too old, by its `server_version_num`. */
export const requireVersion = (number: number): void => {
  const major = Math.floor(number / 10_000);
  if (major < OLDEST_MAJOR) {
    throw new Fault("database_too_old", `The server is PostgreSQL ${major}; this program works with ${OLDEST_MAJOR} and later.`, {
      details: { server: major, oldest: OLDEST_MAJOR },
    });
  }
};
