import { z } from "zod";
import { asks, body, changes, id, noData } from "./command.ts";
import { TOKEN_LENGTH_MAX, WATCH_SECONDS_MAX } from "./limits.ts";

export const NODE_COMMANDS = {
  get_config: asks({
    title: "Say the configuration, in a config_response behind the ack; without credentials of the infrastructure",
    // The credentials of flows are in it.
    role: "operator",
    params: {},
    data: noData,
  }),
  get_schema: asks({
    title: "Say the configuration's JSON Schema, from which forms are drawn",
    role: "viewer",
    params: { known: z.string().max(128).optional().describe("The version that the asker has: if it is this one the schema is left out.") },
    data: z.strictObject({
      version: z.string().describe("Changes with the schema, and with nothing else."),
      config_schema: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("Draft 2020-12, with titles, units, defaults; `secret: true` marks what is masked in a form."),
    }),
  }),
  update_config: changes({
    title: "Replace the configuration; what did not change is not touched, and what is on air stays on air",
    role: "admin",
    params: { config: body() },
  }),
  rotate_secret: asks({
    title: "Take another secret for the connections to come",
    role: "admin",
    params: { new_secret: z.string().min(1).max(TOKEN_LENGTH_MAX) },
    data: noData,
  }),
  watch_pictures: asks({
    title: "Show a flow or an input live, five pictures a second, for some seconds",
    role: "viewer",
    params: {
      flow_id: id(),
      input_id: id().optional(),
      seconds: z.number().min(0).max(WATCH_SECONDS_MAX).default(10).describe("From now on; 0 ends it."),
    },
    data: z.strictObject({ until_unix_ms: z.number() }),
  }),
};
