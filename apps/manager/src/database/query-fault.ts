import { Fault, isFault, messageOf } from "@bilbycast/foundation/fault";
import { DatabaseError } from "pg";

/** SQLSTATE classes and codes, PostgreSQL appendix A, and what they are here. */
const CODES: readonly (readonly [prefix: string, code: string, sentence: string])[] = [
  ["23505", "database_unique_violation", "A row with this value exists already"],
  ["23503", "database_reference_violation", "A row that is referred to is absent, or is still referred to"],
  ["23", "database_value_refused", "A value breaks a rule of its table"],
  // Messages of this class quote the value, which may be a secret.
  ["22", "database_value_refused", "A value does not fit where it was put"],
  ["40", "database_conflict", "The transaction met another one"],
  ["57014", "database_statement_timeout", "A statement took longer than it may"],
  ["55P03", "database_lock_timeout", "What the statement needs was locked for too long"],
  ["25P03", "database_connection_lost", "The transaction was idle for too long and was ended"],
  ["53100", "database_disk_full", "There is no room left on the disk of the database"],
  ["53300", "database_busy", "As many connections are open as the server allows"],
  ["57P03", "database_unreachable", "The database is starting or stopping"],
  ["57P", "database_connection_lost", "The server ended the connection"],
  ["08", "database_connection_lost", "The connection broke"],
  ["28", "database_refused", "The server does not let this account in"],
  ["3D000", "database_refused", "The server has no such database"],
];

/** What a refused statement is to the rest of the program. No message has values of rows or parameters in it, and neither has the cause. */
export const queryFault = (error: unknown): Fault => {
  if (isFault(error)) {
    return error;
  }
  if (error instanceof DatabaseError) {
    return serverFault(error);
  }
  if (isBrokenConnection(error)) {
    return new Fault("database_connection_lost", `The connection to the database broke: ${messageOf(error)}.`);
  }
  if (error instanceof Error && error.constructor.name === "AbortedTransactionError") {
    return new Fault("database_transaction_aborted", "A statement of the transaction had failed, so nothing of it was kept.");
  }
  return new Fault("database_query_failed", `A statement could not be carried out: ${messageOf(error)}.`);
};

const serverFault = (error: DatabaseError): Fault => {
  const sqlstate = error.code ?? "";
  const [, code, sentence] = CODES.find(([prefix]) => sqlstate.startsWith(prefix)) ?? [];
  const details = Object.fromEntries(
    Object.entries({ sqlstate, constraint: error.constraint, table: error.table, column: error.column }).filter(
      ([, value]) => value !== undefined && value !== "",
    ),
  );
  const where = error.constraint ?? error.column ?? error.table;
  return code === undefined
    ? new Fault("database_query_failed", `The database refused a statement: ${error.message}.`, { details })
    : new Fault(code, `${sentence ?? ""}${where === undefined ? "" : ` (${where})`}.`, { details });
};

/** What the driver and the system call it when a connection is gone. */
const isBrokenConnection = (error: unknown): boolean =>
  error instanceof Error &&
  (/^E(CONN|PIPE|NOENT|NOTFOUND|HOST|NET|TIMEDOUT|AI_)/.test((error as NodeJS.ErrnoException).code ?? "") ||
    /Connection terminated|connection error|not queryable|Client was closed|timeout expired|timeout exceeded/i.test(error.message));

/** The constraint that a row would break by being there twice; `undefined` for every other error. */
export const violatedUnique = (error: unknown): string | undefined =>
  isFault(error) && error.code === "database_unique_violation" ? String(error.details["constraint"]) : undefined;

export const isFaultOf = (error: unknown, ...codes: string[]): boolean => isFault(error) && codes.includes(error.code);
