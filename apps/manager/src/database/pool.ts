import { setTimeout as sleep } from "node:timers/promises";
import { Fault, messageOf } from "@bilbycast/foundation/fault";
import { PostgresDialect, type CompiledQuery, type DatabaseConnection, type Driver } from "kysely";
import { Pool, types, type ClientConfig, type PoolClient, type PoolConfig } from "pg";
import type { ConnectionTarget } from "./connection-target.ts";
import { queryFault } from "./query-fault.ts";

/** Bounds of a pool; each has a default that suits one manager on one database. */
export type PoolBounds = {
  /** Connections, beside those of listeners and locks. */
  connections: number;
  /** How long a statement may run. */
  statementTimeoutMs: number;
  /** How long a statement waits for a connection: for a free one, or for a server that restarts. */
  patienceMs: number;
};

export const DEFAULT_BOUNDS: PoolBounds = { connections: 10, statementTimeoutMs: 30_000, patienceMs: 15_000 };

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_MS = 60_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** The driver's form of a target. Whole numbers of 64 bits come as numbers, since none of ours passes 2^53. */
export const clientConfig = (target: ConnectionTarget, name: string): ClientConfig => ({
  ...target,
  application_name: `bilbycast-manager ${name}`,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  types: { getTypeParser: parserOf },
});

const INT8: number = types.builtins.INT8;

const parserOf = ((oid: number, format: never) =>
  oid === INT8 ? wholeNumber : types.getTypeParser(oid, format)) as typeof types.getTypeParser;

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new Fault("database_value_refused", "A whole number from the database is larger than 2^53: read it as text.");
  }
  return value;
};

/** A pool whose `connect` waits out a server that restarts. */
class PatientPool extends Pool {
  readonly #patienceMs: number;

  constructor(config: PoolConfig, patienceMs: number) {
    super(config);
    this.#patienceMs = patienceMs;
    // An idle connection that breaks is no news: the next one who needs it gets a new one. One in use tells its user.
    this.on("error", () => undefined);
    this.on("connect", (client) => client.on("error", () => undefined));
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: Parameters<Pool["connect"]>[0]): void;
  override connect(callback?: Parameters<Pool["connect"]>[0]): Promise<PoolClient> | void {
    return callback === undefined ? this.#connectPatiently() : super.connect(callback);
  }

  /** The driver words both alike: nobody gave a connection back in time, nobody answered in time. */
  #isUsedUp(error: unknown): boolean {
    return /timeout exceeded when trying to connect/.test(messageOf(error)) && this.totalCount >= this.options.max;
  }

  async #connectPatiently(): Promise<PoolClient> {
    const end = performance.now() + this.#patienceMs;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await super.connect();
      } catch (error) {
        const fault = this.#isUsedUp(error) ? new Fault("database_busy", "Every connection of the pool is in use.") : queryFault(error);
        const mayPass = ["database_connection_lost", "database_unreachable", "database_busy"].includes(fault.code);
        if (!mayPass || this.ending || performance.now() + pause > end) {
          throw connectFault(fault);
        }
        await sleep(pause);
      }
    }
  }
}

/** A connection that could not be made is not one that broke, and what is wrong with it is no statement: TLS, a password that is wanted. */
export const connectFault = (fault: Fault): Fault => {
  if (fault.code === "database_connection_lost") {
    return new Fault("database_unreachable", `The database does not answer. ${fault.message}`, { details: fault.details });
  }
  return fault.code === "database_query_failed"
    ? new Fault("database_refused", `No connection to the database could be made. ${fault.message}`, { details: fault.details })
    : fault;
};

export const createPool = (target: ConnectionTarget, bounds: PoolBounds): Pool =>
  new PatientPool(
    {
      ...clientConfig(target, "pool"),
      connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, bounds.patienceMs),
      max: bounds.connections,
      idleTimeoutMillis: IDLE_MS,
      // The server cancels; where it cannot, since the network is gone, the driver gives up a little later.
      statement_timeout: bounds.statementTimeoutMs,
      query_timeout: bounds.statementTimeoutMs === 0 ? 0 : bounds.statementTimeoutMs + 5_000,
      idle_in_transaction_session_timeout: 60_000,
    },
    bounds.patienceMs,
  );

/** Kysely's own dialect, whose statements fail with faults. */
export class FaultingDialect extends PostgresDialect {
  override createDriver(): Driver {
    const driver = super.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    const known = new WeakSet<DatabaseConnection>();
    driver.acquireConnection = async (options) => {
      const connection = await acquire(options);
      if (!known.has(connection)) {
        known.add(connection);
        const execute = connection.executeQuery.bind(connection);
        connection.executeQuery = async <R>(query: CompiledQuery, executeOptions?: Parameters<typeof execute>[1]) => {
          try {
            return await execute<R>(query, executeOptions);
          } catch (error) {
            throw queryFault(error);
          }
        };
      }
      return connection;
    };
    return driver;
  }
}
