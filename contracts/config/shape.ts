import { z } from "zod";
import { secret, type Declaration } from "@bilbycast/engine/transport/declare";
import { flowGroupSchema, flowSchema, type Flow, type FlowGroup } from "./flow-shape.ts";
import { partUnion, type Part } from "./parts.ts";
import { managerSchema, monitorSchema, resourceLimitsSchema, serverSchema } from "./server-shape.ts";
import { tunnelSchema, type Tunnel } from "./tunnel-shape.ts";

/** The version that is written. Version 1 is read and converted. */
export const CONFIG_VERSION = 2;

/** The fields of the document besides its lists. */
export const headSchema = z.looseObject({
  version: z.literal(CONFIG_VERSION, { error: `must be ${CONFIG_VERSION}; version 1 is read and converted` }),
  node_id: z
    .uuid({ error: "must be a UUID like 6f1c2c1e-6f0b-4f0c-9b51-0d4f3c6f6b6a" })
    .optional()
    .describe("Identity of this edge; made at the first start."),
  device_name: z.string().max(256).optional().describe("A label for this edge."),
  setup_enabled: z.boolean().optional().describe("False closes the setup page; open when absent."),
  setup_token: secret(z.string().min(1).max(256)).optional().describe("Asked of a setup that comes from another machine."),
  server: serverSchema.prefault({}),
  monitor: monitorSchema.optional().describe("The monitor page, on a port of its own."),
  manager: managerSchema.optional().describe("Connection to a manager."),
  resource_limits: resourceLimitsSchema.optional().describe("Tells when the machine runs out of CPU or memory."),
});

export type Head = z.output<typeof headSchema>;

/** A configuration of version 2 that passed every check, with the defaults filled in. */
export type Config = Head & { inputs: Part[]; outputs: Part[]; flows: Flow[]; tunnels?: Tunnel[]; flow_groups?: FlowGroup[] };

/** The whole document as one schema, for JSON Schema and the OpenAPI page; `checkConfig` says more about what is wrong. */
export const configSchema = (declarations: readonly Declaration[]): z.ZodType<Config> =>
  headSchema.extend({
    inputs: z.array(partUnion(declarations, "input")).default([]).describe("Every input, on a flow or not."),
    outputs: z.array(partUnion(declarations, "output")).default([]).describe("Every output, on a flow or not."),
    flows: z.array(flowSchema).default([]),
    tunnels: z.array(tunnelSchema).optional().describe("Encrypted links to other edges."),
    flow_groups: z.array(flowGroupSchema).optional().describe("Flows that start and stop together."),
  }) as unknown as z.ZodType<Config>;

/** JSON Schema (draft 2020-12) of what may be written. Fields of other people pass: unknown keys are kept. */
export const configJsonSchema = (declarations: readonly Declaration[]): Record<string, unknown> =>
  z.toJSONSchema(configSchema(declarations), { io: "input", unrepresentable: "any" });
