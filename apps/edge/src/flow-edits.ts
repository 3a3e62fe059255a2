import { Fault } from "@bilbycast/foundation/fault";
import { isNested, isObject, objectsIn, unnestFlow } from "@bilbycast/contracts/config";
import { idList, type ConfigDraft } from "./config-draft.ts";

type Body = Record<string, unknown>;

/** Adds a flow, nested as in version 1 or flat. Throws the Fault `flow_exists`. */
export const createFlow = (draft: ConfigDraft, body: Body): void => {
  const id = body["id"];
  if (typeof id === "string" && draft.indexOf("flows", id) >= 0) {
    throw new Fault("flow_exists", `There is a flow "${id}" already`, { details: { flow_id: id, field: "id" } });
  }
  putFlow(draft, -1, body);
};

/** Puts another flow in the place of one; the id of the path wins over that of the body. Throws the Fault `flow_not_found`. */
export const replaceFlow = (draft: ConfigDraft, id: string, body: Body): void => {
  const index = flowIndex(draft, id);
  putFlow(draft, index, { ...body, id });
};

/** Takes a flow away, out of its groups too; its parts stay in the configuration, on no flow. Throws the Fault `flow_not_found`. */
export const deleteFlow = (draft: ConfigDraft, id: string): void => {
  draft.list("flows").splice(flowIndex(draft, id), 1);
  for (const group of objectsIn(draft.document, "flow_groups")) {
    if (Array.isArray(group["flow_ids"])) {
      group["flow_ids"] = group["flow_ids"].filter((member: unknown) => member !== id);
    }
  }
};

/** Adds a new output to a flow, or puts one that is on no flow onto it when the body is only its `output_id`. */
export const addOutput = (draft: ConfigDraft, flowId: string, body: Body): void => {
  const flow = flowOf(draft, flowId);
  const existing = body["output_id"];
  const id = existing ?? body["id"];
  if (typeof existing === "string" && body["type"] === undefined) {
    if (draft.indexOf("outputs", existing) < 0) {
      throw new Fault("output_not_found", `There is no output "${existing}"`, { details: { output_id: existing, field: "output_id" } });
    }
  } else {
    if (typeof id === "string" && draft.indexOf("outputs", id) >= 0) {
      throw new Fault("output_exists", `There is an output "${id}" already`, { details: { output_id: id, field: "id" } });
    }
    draft.put("outputs", -1, body, "");
  }
  const ids = Array.isArray(flow["output_ids"]) ? flow["output_ids"] : [];
  flow["output_ids"] = [...ids, id ?? ""];
  draft.origins.push({
    at: `flows[${draft.list("flows").indexOf(flow)}].output_ids[${ids.length}]`,
    was: existing === undefined ? "id" : "output_id",
  });
};

/** Takes an output off a flow, and out of the configuration unless `keep`. Throws `flow_not_found`, `output_not_on_flow`. */
export const removeOutput = (draft: ConfigDraft, flowId: string, outputId: string, keep: boolean): void => {
  const flow = flowOf(draft, flowId);
  const ids = idList(flow["output_ids"]);
  if (!ids.includes(outputId)) {
    const details = { flow_id: flowId, output_id: outputId };
    throw new Fault("output_not_on_flow", `The flow "${flowId}" has no output "${outputId}"`, { details });
  }
  flow["output_ids"] = ids.filter((id) => id !== outputId);
  const index = draft.indexOf("outputs", outputId);
  if (!keep && index >= 0) {
    draft.list("outputs").splice(index, 1);
  }
};

/** Adds a new input to a flow; it stands by when another one is on air. Throws `flow_not_found`, `input_exists`. */
export const addInput = (draft: ConfigDraft, flowId: string, body: Body): void => {
  const flow = flowOf(draft, flowId);
  const id = body["id"];
  if (typeof id === "string" && draft.indexOf("inputs", id) >= 0) {
    throw new Fault("input_exists", `There is an input "${id}" already`, { details: { input_id: id, field: "id" } });
  }
  const ids = Array.isArray(flow["input_ids"]) ? flow["input_ids"] : [];
  const isFirst = !draft.list("inputs").some((input) => ids.includes(input["id"]) && input["active"] !== false);
  draft.put("inputs", -1, { ...body, active: isFirst }, "");
  flow["input_ids"] = [...ids, id ?? ""];
  draft.origins.push({ at: `flows[${draft.list("flows").indexOf(flow)}].input_ids[${ids.length}]`, was: "id" });
};

/** Takes an input off a flow, and out of the configuration unless `keep`. Throws `flow_not_found`, `input_not_on_flow`. */
export const removeInput = (draft: ConfigDraft, flowId: string, inputId: string, keep: boolean): void => {
  const flow = flowOf(draft, flowId);
  const ids = idList(flow["input_ids"]);
  checkInputOf({ id: flowId, input_ids: ids }, inputId);
  flow["input_ids"] = ids.filter((id) => id !== inputId);
  const index = draft.indexOf("inputs", inputId);
  if (!keep && index >= 0) {
    draft.list("inputs").splice(index, 1);
  }
};

/** Throws the Fault `input_not_on_flow`. */
export const checkInputOf = (flow: { id: string; input_ids: readonly string[] }, inputId: string): void => {
  if (!flow.input_ids.includes(inputId)) {
    const details = { flow_id: flow.id, input_id: inputId, field: "input_id" };
    throw new Fault("input_not_on_flow", `The flow "${flow.id}" has no input "${inputId}"`, { details });
  }
};

const putFlow = (draft: ConfigDraft, index: number, body: Body): void => {
  if (!isNested(body)) {
    draft.put("flows", index, body, "");
    return;
  }
  const former = index < 0 ? {} : (draft.list("flows")[index] ?? {});
  const others = draft.list("flows").filter((_, i) => i !== index);
  // An id is free unless another flow holds it: a part that is on no flow is taken over by the one that names it.
  const nested = unnestFlow(body, {
    inputs: new Set(others.flatMap((flow) => idList(flow["input_ids"]))),
    outputs: new Set(others.flatMap((flow) => idList(flow["output_ids"]))),
  });
  if ("input" in body) {
    dropFormer(draft, "inputs", idList(former["input_ids"]), idList(nested.flow["input_ids"]));
  }
  if ("outputs" in body) {
    dropFormer(draft, "outputs", idList(former["output_ids"]), idList(nested.flow["output_ids"]));
  }
  // Twice the same id in one body stays twice, for the check to report.
  const indexOfFormer = (key: "inputs" | "outputs", part: Body, earlier: readonly Body[]): number =>
    typeof part["id"] === "string" && !earlier.some((other) => other["id"] === part["id"]) ? draft.indexOf(key, part["id"]) : -1;
  nested.inputs.forEach((part) => draft.put("inputs", indexOfFormer("inputs", part, []), part, "input"));
  nested.outputs.forEach((part, i) =>
    draft.put("outputs", isObject(part) ? indexOfFormer("outputs", part, nested.outputs.slice(0, i)) : -1, part, `outputs[${i}]`),
  );
  draft.put("flows", index, nested.flow, "");
};

/** A nested flow owns its parts: those that it no longer names go. */
const dropFormer = (draft: ConfigDraft, key: "inputs" | "outputs", former: readonly string[], kept: readonly string[]): void => {
  for (const id of former) {
    const index = kept.includes(id) ? -1 : draft.indexOf(key, id);
    if (index >= 0) {
      draft.list(key).splice(index, 1);
    }
  }
};

const flowIndex = (draft: ConfigDraft, id: string): number => {
  const index = draft.indexOf("flows", id);
  if (index < 0) {
    throw new Fault("flow_not_found", `There is no flow "${id}"`, { details: { flow_id: id } });
  }
  return index;
};

const flowOf = (draft: ConfigDraft, id: string): Record<string, unknown> => draft.list("flows")[flowIndex(draft, id)] ?? {};
