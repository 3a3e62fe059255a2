import type { Config } from "@bilbycast/contracts/config";
import { idList, type ConfigDraft } from "./config-draft.ts";

/**
 * Leaves on air what is on air: whatever an edit says of `active`, each flow keeps the input that `former` has active. Where the edit
 * took that one away another of the flow's takes its place: the one that the edit made active, else the first.
 */
export const keepOnAir = (draft: ConfigDraft, former: Config): void => {
  const inputById = new Map(draft.list("inputs").map((input) => [input["id"], input]));
  for (const flow of draft.list("flows")) {
    const before = former.flows.find(({ id }) => id === flow["id"])?.input_ids ?? [];
    const active = before.find((id) => former.inputs.find((input) => input.id === id)?.active === true);
    if (active === undefined) {
      continue;
    }
    const ids = idList(flow["input_ids"]).filter((id) => inputById.has(id));
    const chosen = ids.includes(active) ? active : (ids.find((id) => inputById.get(id)?.["active"] === true) ?? ids[0]);
    for (const id of ids) {
      const input = inputById.get(id);
      if (input !== undefined) {
        input["active"] = id === chosen;
      }
    }
  }
};
