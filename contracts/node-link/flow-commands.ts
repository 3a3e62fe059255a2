import { z } from "zod";
import { FLOW_STATES } from "@bilbycast/contracts/edge-api";
import { asks, body, changes, id } from "./command.ts";

const flowState = z.strictObject({ id: z.string(), state: z.enum(FLOW_STATES) });

const runs = (title: string) => asks({ title, role: "operator", params: { flow_id: id() }, data: flowState });

/** A word that this version does not know is no reason not to switch. */
const spliceMode = z.enum(["pmt_bump", "pes_aligned"]).optional().catch(undefined);

export const FLOW_COMMANDS = {
  create_flow: changes({ title: "Create a flow, by the ids of its parts or with them inside", role: "operator", params: { flow: body() } }),
  update_flow: changes({ title: "Replace a flow; what is on air stays on air", role: "operator", params: { flow_id: id(), flow: body() } }),
  delete_flow: changes({ title: "Stop and delete a flow", role: "operator", params: { flow_id: id() } }),
  start_flow: runs("Start a flow"),
  stop_flow: runs("Stop a flow"),
  restart_flow: runs("Stop and start a flow"),
  add_input: changes({ title: "Put a new input on a flow", role: "operator", params: { flow_id: id(), input: body() } }),
  remove_input: changes({
    title: "Take an input off a flow, and out of the configuration unless keep",
    role: "operator",
    params: { flow_id: id(), input_id: id(), keep: z.boolean().optional() },
  }),
  add_output: changes({
    title: "Put a new output on a flow, or one that is on no flow",
    role: "operator",
    params: { flow_id: id(), output: body().describe('The output; only {"output_id"} for one that exists.') },
  }),
  remove_output: changes({
    title: "Take an output off a flow, and out of the configuration unless keep",
    role: "operator",
    params: { flow_id: id(), output_id: id(), keep: z.boolean().optional() },
  }),
  activate_input: {
    ...changes({
      title: "Put another input of a running flow on air",
      role: "operator",
      params: { flow_id: id(), input_id: id(), splice_mode_override: spliceMode },
    }),
    data: z.strictObject({
      flow_id: z.string(),
      active_input_id: z.string(),
      unchanged: z.literal(true).optional().describe("It was on air already: nothing was switched, and no event tells of it."),
      splice_mode_override: z
        .strictObject({ requested: z.string(), effect: z.literal("none"), code: z.literal("splice_override_ignored") })
        .optional()
        .describe("What became of the override, where one was asked for."),
    }),
  },
  activate_output: changes({
    title: "Open or close an output of a flow",
    role: "operator",
    params: { flow_id: id(), output_id: id(), active: z.boolean() },
  }),
};
