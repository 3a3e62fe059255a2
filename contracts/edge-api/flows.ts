import { z } from "zod";
import { FLOW_STATES } from "./stats.ts";

export const flowSummarySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    state: z.enum(FLOW_STATES),
    input_type: z.string().optional().describe("Type of the active input, else of the first."),
    input_count: z.int(),
    output_count: z.int(),
  })
  .meta({ id: "FlowSummary" });

export const flowListSchema = z.object({ flows: z.array(flowSummarySchema) });

/** POST start, stop, restart. */
export const flowStateSchema = z.object({ id: z.string(), state: z.enum(FLOW_STATES) });

/** POST activate-input. */
export const activateInputBody = z.looseObject({
  input_id: z.string().min(1).describe("An input of the flow; the others become standby."),
  splice_mode_override: z
    .string()
    .max(64)
    .optional()
    .describe(
      "How a switch slot is to join its sources this once: pmt_bump or pes_aligned. A passthrough flow has no slots and no use for it.",
    ),
});
export const activateInputAnswer = z.object({
  flow_id: z.string(),
  active_input_id: z.string(),
  unchanged: z.literal(true).optional().describe("It was on air already: nothing was switched, and no event tells of it."),
  splice_mode_override: z
    .object({ requested: z.string(), effect: z.literal("none"), code: z.literal("splice_override_ignored") })
    .optional()
    .describe("What became of the override, where one was asked for."),
});

/** POST flows/{id}/outputs with an output that exists and is on no flow. */
export const assignOutputBody = z.strictObject({ output_id: z.string().min(1).describe("An output that is on no flow.") });

/** POST outputs/{id}/active. */
export const outputActiveBody = z.looseObject({ active: z.boolean() });

/** GET flow-groups. */
export const flowGroupListSchema = z.object({
  flow_groups: z.array(z.looseObject({ id: z.string(), name: z.string().optional(), flow_ids: z.array(z.string()) })),
});

/** POST flow-groups/{group_id}/start, stop. */
export const flowGroupAnswer = z.object({ id: z.string(), flows: z.array(flowStateSchema) });

export const flowGroupParams = z.object({ group_id: z.string() });
export const flowParams = z.object({ flow_id: z.string() });
export const flowOutputParams = z.object({ flow_id: z.string(), output_id: z.string() });
export const partParams = z.object({ id: z.string() });

/** DELETE flows/{id}/outputs/{output_id}. */
export const removeOutputQuery = z.object({
  keep: z.enum(["true", "false"]).default("false").describe("true: the output stays in the configuration, on no flow."),
});

/** GET config. */
export const configQuery = z.object({ version: z.enum(["1", "2"]).default("2").describe("1 answers 409 where version 1 has no words.") });

/** PUT config, POST config/reload. */
export const configChangedSchema = z.object({
  restart_needed: z.array(z.string()).describe("Sections that take effect at the next start."),
  unused: z.array(z.string()).describe("Fields that are kept and not used by this version."),
});

export type FlowSummary = z.output<typeof flowSummarySchema>;
