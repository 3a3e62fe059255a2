import { Fault } from "@bilbycast/foundation/fault";
import type { Side } from "@bilbycast/contracts/config";
import { idList, type ConfigDraft } from "./config-draft.ts";

type Body = Record<string, unknown>;

/** Adds an input or output that is on no flow yet. Throws `input_exists` or `output_exists`. */
export const createPart = (draft: ConfigDraft, side: Side, body: Body): void => {
  const id = body["id"];
  if (typeof id === "string" && draft.indexOf(`${side}s`, id) >= 0) {
    throw new Fault(`${side}_exists`, `There is an ${side} "${id}" already`, { details: { [`${side}_id`]: id, field: "id" } });
  }
  draft.put(`${side}s`, -1, body, "");
};

/** Puts another input or output in the place of one; the id of the path wins. Throws `input_not_found` or `output_not_found`. */
export const replacePart = (draft: ConfigDraft, side: Side, id: string, body: Body): void => {
  draft.put(`${side}s`, partIndex(draft, side, id), { ...body, id }, "");
};

/** Takes an input or output away that is on no flow. Throws `…_not_found`, `…_in_use`. */
export const deletePart = (draft: ConfigDraft, side: Side, id: string): void => {
  const index = partIndex(draft, side, id);
  const owner = draft.list("flows").find((flow) => idList(flow[`${side}_ids`]).includes(id));
  if (owner !== undefined) {
    const details = { [`${side}_id`]: id, flow_id: owner["id"] };
    throw new Fault(`${side}_in_use`, `The ${side} "${id}" is on the flow "${String(owner["id"])}"; take it off first`, { details });
  }
  draft.list(`${side}s`).splice(index, 1);
};

/** Opens or closes an output without taking it off its flow. Throws `output_not_found`. */
export const setOutputActive = (draft: ConfigDraft, id: string, active: boolean): void => {
  const index = partIndex(draft, "output", id);
  draft.put("outputs", index, { ...draft.list("outputs")[index], active }, "");
};

const partIndex = (draft: ConfigDraft, side: Side, id: string): number => {
  const index = draft.indexOf(`${side}s`, id);
  if (index < 0) {
    throw new Fault(`${side}_not_found`, `There is no ${side} "${id}"`, { details: { [`${side}_id`]: id } });
  }
  return index;
};
