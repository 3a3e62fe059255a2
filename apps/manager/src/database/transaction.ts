import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "@bilbycast/foundation/fault";
import type { IsolationLevel } from "kysely";
import { isFaultOf, queryFault } from "./query-fault.ts";
import type { Queries, Transaction } from "./tables.ts";

export type TransactionOptions = {
  /** PostgreSQL's own default otherwise: `read committed`. */
  isolation?: IsolationLevel;
  /** How often it is carried out at most while others are in its way. */
  attempts?: number;
};

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 500;

/** Begin, work, commit; again and again while others are in the way, up to a bound. */
export const runTransaction = async <T>(
  queries: Queries,
  work: (tx: Transaction) => Promise<T>,
  { isolation, attempts = ATTEMPTS }: TransactionOptions,
): Promise<T> => {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await runOnce(queries, work, isolation);
    } catch (error) {
      if (!isFaultOf(error, "database_conflict") || attempt >= attempts) {
        throw error;
      }
      // By chance, or those who met would meet again.
      await sleep(randomInt(pause, pause * 2));
    }
  }
};

const runOnce = async <T>(
  queries: Queries,
  work: (tx: Transaction) => Promise<T>,
  isolation: TransactionOptions["isolation"],
): Promise<T> => {
  let worked = false;
  try {
    const builder = queries.transaction();
    return await (isolation === undefined ? builder : builder.setIsolationLevel(isolation)).execute(async (tx) => {
      const result = await work(tx);
      worked = true;
      return result;
    });
  } catch (error) {
    // An error of the work itself stays what it is.
    const fault = worked ? queryFault(error) : error;
    throw worked && isFaultOf(fault, "database_connection_lost") ? commitUnknown(fault) : fault;
  }
};

const commitUnknown = (cause: unknown): Fault =>
  new Fault("database_commit_unknown", "The connection broke while a transaction was committed; look whether it was kept.", { cause });
