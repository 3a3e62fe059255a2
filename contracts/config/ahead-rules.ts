import type { Declaration } from "@bilbycast/engine/transport/declare";
import type { Side } from "./parts.ts";
import type { ConfigProblem } from "./problem.ts";

/** Fields of outputs that are checked even where the transport does not know them: a wrong one must not wait in the file. */
export const aheadProblems = (declaration: Declaration, side: Side, part: Record<string, unknown>, at: string): ConfigProblem[] => {
  const program = part["program_number"];
  if (side === "input" || program === undefined || program === null || declaration.output?.shape["program_number"] !== undefined) {
    return [];
  }
  if (typeof program === "number" && Number.isInteger(program) && program >= 1 && program <= 65_535) {
    return [];
  }
  const message = "must be a whole number from 1 to 65535: program number 0 is reserved for the network information table";
  return [{ path: `${at}.program_number`, code: "field_range", message }];
};
