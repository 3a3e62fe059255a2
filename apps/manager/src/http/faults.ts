import { MANAGER_FAULTS, type ManagerFailure, type ManagerFaultCode, type ManagerProblem } from "@bilbycast/contracts/manager-api";
import { Fault, isFault } from "@bilbycast/foundation/fault";

/** A refusal of the API. */
export const refusal = (code: ManagerFaultCode, message: string, details: Record<string, unknown> = {}): Fault =>
  new Fault(code, message, { details });

/** The one answer to what is not there and to what is none of the caller's business. */
export const notFound = (): Fault => refusal("not_found", "There is nothing of this name that you may see");

/** HTTP status and body of a fault. What is not declared is ours, and says nothing about itself. */
export const answerOf = (error: unknown): { status: number; body: ManagerFailure } => {
  const fault = knownFault(error);
  const [status] = MANAGER_FAULTS[fault.code as ManagerFaultCode];
  const { field, problems, ...facts } = fault.details;
  return {
    status,
    body: {
      error: fault.toJSON().message,
      error_code: fault.code,
      ...(typeof field === "string" ? { field } : {}),
      ...(Array.isArray(problems) ? { problems: problems as ManagerProblem[] } : {}),
      ...(Object.keys(facts).length > 0 ? { details: facts } : {}),
    },
  };
};

/** Faults of the database that pass by themselves; a browser may try again. */
const PASSING = /^database_(unreachable|connection_lost|commit_unknown|busy|conflict|statement_timeout|lock_timeout|disk_full)$/;

const knownFault = (error: unknown): Fault => {
  if (!isFault(error)) {
    return new Fault("internal", "A fault of ours; the log has it");
  }
  if (Object.hasOwn(MANAGER_FAULTS, error.code)) {
    return error;
  }
  if (PASSING.test(error.code)) {
    return new Fault(
      "database_unavailable",
      error.code === "database_commit_unknown"
        ? "The database went away while it kept the change: look whether it was kept"
        : "The database does not answer; nothing was changed",
    );
  }
  return new Fault("internal", "A fault of ours; the log has it");
};
