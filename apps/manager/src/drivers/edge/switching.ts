import type { CarriedFlow, DriverSwitching, FlowLayout, SwitchProof } from "../driver.ts";
import { listOf, looseOf, numberOf, type Loose } from "./loose.ts";

const idsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((id): id is string => typeof id === "string") : []);
const textOf = (value: unknown, most: number): string | undefined =>
  typeof value === "string" && value !== "" ? value.slice(0, most) : undefined;

const ID_MAX = 64;
const NAME_MAX = 256;
/** Parts of one node that are looked at. */
const MOST = 2_000;

const layoutOf = (config: Loose): FlowLayout[] => {
  const inputs = byId(config["inputs"]);
  const outputs = byId(config["outputs"]);
  return listOf(config["flows"])
    .slice(0, MOST)
    .flatMap((flow) => {
      const id = textOf(flow["id"], ID_MAX);
      return id === undefined
        ? []
        : [
            {
              flow_id: id,
              name: textOf(flow["name"], NAME_MAX) ?? id,
              inputs: idsOf(flow["input_ids"]).map((input) => ({ input_id: input, name: nameOf(inputs.get(input), input) })),
              outputs: idsOf(flow["output_ids"]).map((output) => ({
                output_id: output,
                name: nameOf(outputs.get(output), output),
                is_open: outputs.get(output)?.["active"] !== false,
              })),
            },
          ];
    });
};

const byId = (parts: unknown): Map<unknown, Loose> =>
  new Map(
    listOf(parts)
      .slice(0, 2 * MOST)
      .map((part) => [part["id"], part]),
  );

const nameOf = (part: Loose | undefined, id: string): string => textOf(part?.["name"], NAME_MAX) ?? id;

const carriedBy = (stats: unknown): CarriedFlow[] =>
  listOf(looseOf(stats)["flows"])
    .slice(0, MOST)
    .flatMap((flow) => {
      const id = textOf(flow["flow_id"], ID_MAX);
      return id === undefined
        ? []
        : [
            {
              flow_id: id,
              is_running: flow["state"] !== "stopped",
              active_input_id: textOf(flow["active_input_id"], ID_MAX) ?? null,
              inputs: listOf(flow["inputs_live"]).flatMap((input) => signalOf(input)),
            },
          ];
    });

/** Something comes in, and where pictures are looked at there is one. */
const signalOf = (input: Loose): CarriedFlow["inputs"][number][] => {
  const id = textOf(input["input_id"], ID_MAX);
  if (id === undefined) {
    return [];
  }
  const alarm = textOf(looseOf(input["thumbnail"])["alarm"], 32);
  const state = textOf(input["state"], 32);
  if (state === "failed" || state === "waiting") {
    return [{ input_id: id, signal: "bad", reason: state === "failed" ? "input_failed" : "no_packets" }];
  }
  if (state !== "receiving") {
    return [{ input_id: id, signal: "unknown", reason: null }];
  }
  return [alarm === undefined ? { input_id: id, signal: "good", reason: null } : { input_id: id, signal: "bad", reason: alarm }];
};

const proofOf = ({ details, flow_id: flow }: Parameters<DriverSwitching["proofOf"]>[0]): SwitchProof | undefined => {
  const code = details?.["error_code"];
  const flowId = textOf(flow, ID_MAX);
  const inputId = textOf(details?.["input_id"], ID_MAX);
  if ((code !== "switch_confirmed" && code !== "switch_unconfirmed") || flowId === undefined || inputId === undefined) {
    return undefined;
  }
  return {
    flow_id: flowId,
    input_id: inputId,
    is_confirmed: code === "switch_confirmed",
    reason: textOf(details?.["reason"], 64) ?? null,
    outputs: listOf(details?.["outputs"])
      .slice(0, 256)
      .flatMap((output) => {
        const id = textOf(output["output_id"], ID_MAX);
        const after = numberOf(output["first_datagram_after_us"]);
        return id === undefined ? [] : [{ output_id: id, first_datagram_ms: after === null ? null : Math.round(after) / 1_000 }];
      }),
  };
};

/** Flows of an edge: `activate_input`, and the events that say whether what leaves has changed. */
export const switching: DriverSwitching = {
  layoutOf,
  carriedBy,
  activateAction: (flowId, inputId, splice) => ({
    type: "activate_input",
    flow_id: flowId,
    input_id: inputId,
    ...(splice === undefined ? {} : { splice_mode_override: splice }),
  }),
  wasSo: (answer) => looseOf(answer)["unchanged"] === true,
  proofOf,
};
