import type { CommandAck } from "@bilbycast/contracts/node-link";
import { isFault, type Fault } from "@bilbycast/foundation/fault";
import { failureOf } from "../../api/errors.ts";
import { isPortConflict } from "../../event-form.ts";

/** Where the link has another word for a fault than the API. */
const LINK_CODES: Readonly<Record<string, string>> = {
  flow_not_found: "unknown_flow",
  input_not_found: "unknown_input",
  input_not_on_flow: "unknown_input",
  output_not_found: "unknown_output",
  output_not_on_flow: "unknown_output",
  flow_group_not_found: "unknown_flow_group",
};

/** The ack of a command that was refused. Nothing has changed then. */
export const ackOfFault = (commandId: string, fault: Fault): CommandAck => {
  const { error, error_code, field, problems, details } = failureOf(fault);
  const code = codeOf(fault);
  const facts = {
    ...details,
    ...(field === undefined ? {} : { field }),
    ...(problems === undefined ? {} : { problems }),
    ...(code === error_code ? {} : { fault: error_code }),
  };
  return {
    command_id: commandId,
    success: false,
    error,
    error_code: code,
    ...(Object.keys(facts).length === 0 ? {} : { details: facts }),
  };
};

const codeOf = (fault: Fault): string => {
  if (fault.code === "config_invalid") {
    const { problems } = fault.details;
    const isConflict = Array.isArray(problems) && problems.some((problem: { code?: unknown }) => problem.code === "port_conflict");
    return isConflict ? "port_conflict" : "validation_error";
  }
  if (isPortConflict(fault.toJSON())) {
    return "port_conflict";
  }
  return fault.code.endsWith("_bind_failed") ? "bind_failed" : (LINK_CODES[fault.code] ?? fault.code);
};

/** The fault in whatever was thrown; an error of ours says no more than that it is one. */
export const ackOfError = (commandId: string, error: unknown): CommandAck =>
  isFault(error)
    ? ackOfFault(commandId, error)
    : { command_id: commandId, success: false, error: "The edge failed to do it; its log has the reason", error_code: "internal" };
