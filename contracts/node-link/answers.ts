import { z } from "zod";
import { COMMAND_ID_MAX } from "./limits.ts";

/** What became of a command. `data` is what the command's declaration says. */
export const commandAck = z.strictObject({
  command_id: z.string(),
  success: z.boolean(),
  data: z.unknown().optional(),
  error: z.string().optional().describe("A sentence for people."),
  error_code: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional().describe("Facts for machines; `problems` and `field` as the REST API has them."),
});

export const commandAckReceived = z.looseObject({
  command_id: z.string().max(COMMAND_ID_MAX),
  success: z.boolean(),
  data: z.unknown().optional(),
  error: z.string().nullish(),
  error_code: z.string().nullish(),
  details: z.unknown().optional(),
});

/** The configuration, bare. Sent behind the ack of `get_config`, so that an ack may make a reader forget what it had. */
export const configResponse = z.looseObject({ version: z.literal([1, 2]) });

/** Others wrap it in `config`. */
export const configResponseReceived = z
  .looseObject({})
  .transform((payload): Record<string, unknown> =>
    typeof payload["config"] === "object" && payload["config"] !== null && !("flows" in payload)
      ? (payload["config"] as Record<string, unknown>)
      : payload,
  );

export type CommandAck = z.output<typeof commandAck>;

/** Codes of acks that are the link's own, besides the fault codes of the edge's API and its transports. */
export const ACK_CODES = {
  unknown_action: "This node has no such command.",
  missing_field: "A field of the command is missing; details.field says which.",
  invalid_field: "A field of the command is of the wrong kind; details.field says which.",
  invalid_value: "A field of the command has a value that it may not have; details.field says which.",
  validation_error: "The configuration would break a rule; details.problems says which, field by field.",
  port_conflict: "Another program, input or output holds the port.",
  bind_failed: "An address could not be opened.",
  unknown_flow: "There is no flow of this id.",
  unknown_input: "There is no input of this id.",
  unknown_output: "There is no output of this id, or not on this flow.",
  unknown_flow_group: "There is no flow group of this id.",
  flow_not_running: "The flow does not run.",
  config_persist_failed: "The configuration could not be written to disk; the former one runs on.",
  command_id_missing: "A command without an id cannot be answered.",
  media_name_invalid: "The name of a media file must be 1 to 255 letters, digits, dots, dashes, underscores and blanks.",
  media_not_found: "There is no media file of this name.",
  media_upload_order: "The pieces of an upload must come in order, each with the same sizes; details.expected says which is next.",
  media_quota_exhausted: "The file, or all files together, would be larger than this node takes.",
  media_upload_size: "The pieces are not as large together as was said.",
  media_write_failed: "The file could not be written to disk.",
  answer_too_large: "The answer is larger than a frame may be.",
  node_busy: "As many uploads are open as the node takes.",
} as const satisfies Record<string, string>;

export type AckCode = keyof typeof ACK_CODES;
