import type { BrokenEntry } from "@bilbycast/contracts/config";
import type { EngineEvent } from "@bilbycast/engine/flow";

/** Tells of every entry that stays in the configuration and is not run, with everything that is wrong with it. */
export const recordBroken = (broken: readonly BrokenEntry[], record: (event: EngineEvent) => void): void => {
  for (const { kind, id, path, problems } of broken) {
    const [first] = problems;
    const message = `The ${kind.replace("_", " ")} "${id}" (${path}) is not run: ${first?.path} ${first?.message}`;
    const details = { kind, id, path, problems };
    const owner = kind === "flow" ? { flowId: id } : kind === "input" ? { inputId: id } : kind === "output" ? { outputId: id } : {};
    record({ severity: "critical", category: "config", code: "config_entry_broken", message, ...owner, details });
  }
};
