import { violatedUnique } from "../database/query-fault.ts";
import { refusal } from "../http/faults.ts";

/** Two presets of a group have not the same name, nor two of its pages. */
export const named = async <T>(what: "preset" | "page", work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw violatedUnique(error) === `switcher_${what}s_name`
      ? refusal("name_taken", `Another ${what} of the group has this name`, { field: "body.name" })
      : error;
  }
};
