import { Fault } from "@bilbycast/foundation/fault";
import { inGivenWords, type Config, type Side } from "@bilbycast/contracts/config";
import type { Prepared } from "./config-store.ts";

/** The engine's refusal with the field that it is about, in the words of the request. */
export const withField = (fault: Fault, next: Prepared): Fault => {
  const path = refusedPath(fault, next.config);
  if (path === undefined) {
    return fault;
  }
  const { message } = fault.toJSON();
  const problem = { path, code: fault.code, message };
  const field = inGivenWords([problem], next.origins)[0]?.path ?? path;
  const problems = [field === path ? problem : { ...problem, field }];
  return new Fault(fault.code, fault.message, { cause: fault.cause, details: { ...fault.details, field, problems } });
};

const refusedPath = (fault: Fault, config: Config): string | undefined => {
  const part = refusedPart(fault, config);
  if (part !== undefined) {
    const { side, index } = part;
    const isBind = fault.code.endsWith("_bind_failed") && config[`${side}s`][index]?.["bind_addr"] !== undefined;
    const field = typeof fault.details["field"] === "string" ? fault.details["field"] : isBind ? "bind_addr" : undefined;
    return field === undefined ? `${side}s[${index}]` : `${side}s[${index}].${field}`;
  }
  const flow = config.flows.findIndex((candidate) => candidate.id === fault.details["flow_id"]);
  return flow < 0 ? undefined : `flows[${flow}]`;
};

/** A fault tells `input_id` or `output_id`; one from the opening of a whole flow tells `part_id` alone, and the flow says which side. */
const refusedPart = ({ code, details }: Fault, config: Config): { side: Side; index: number } | undefined => {
  const flow = config.flows.find((candidate) => candidate.id === details["flow_id"]);
  // Where both sides have a part of that id, what failed to bind is more likely the input.
  const sides: readonly Side[] = code.endsWith("_output_failed") ? ["output", "input"] : ["input", "output"];
  for (const side of sides) {
    const named = details[`${side}_id`];
    const onFlow = flow?.[`${side}_ids`].find((id) => id === details["part_id"]);
    const index = config[`${side}s`].findIndex((part) => part.id === (named ?? onFlow));
    if (index >= 0) {
      return { side, index };
    }
  }
  return undefined;
};
