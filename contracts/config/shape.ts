import { z } from "zod";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { ipAddress } from "@bilbycast/engine/transport/declare";
import { displayName, partId, partUnion, type Part } from "./parts.ts";

/** The version that is written. Version 1 is read and converted. */
export const CONFIG_VERSION = 2;

/** Packets that the ring of a flow holds unless the flow says otherwise. */
export const BUS_PACKETS = 4096;
/** Bound of an output's queue unless the flow says otherwise; never more than the ring holds. */
export const QUEUE_PACKETS = 2048;

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

export const serverSchema = z.looseObject({
  listen_addr: ipAddress().default("127.0.0.1").describe("Local address of the REST API; 0.0.0.0 for all."),
  listen_port: z.int().min(1).max(65_535).default(8080).describe("TCP port of the REST API."),
  allowed_hosts: z
    .array(z.string().min(1).max(255))
    .max(64)
    .optional()
    .describe("Names besides IP addresses, localhost and the machine's own under which the API may be called."),
});

export const flowSchema = z.looseObject({
  id: partId().describe("Unique among all flows."),
  name: displayName().describe("Shown to people."),
  enabled: z.boolean().default(true).describe("Started with the edge and when it is created."),
  input_ids: z.array(z.string()).default([]).describe("Inputs of the flow; at most one of them is active."),
  output_ids: z.array(z.string()).default([]).describe("Outputs of the flow."),
  bus_packets: z
    .int()
    .min(256)
    .max(65_536)
    .refine(isPowerOfTwo, { error: "must be a power of two from 256 to 65536" })
    .default(BUS_PACKETS)
    .describe("Packets that the flow's ring holds; a power of two."),
  bus_bytes: z
    .int()
    .min(524_288)
    .max(268_435_456)
    .optional()
    .describe("Bytes of the flow's ring; 1024 for each packet, at least 512 KiB, when absent."),
  queue_packets: z
    .int()
    .min(16)
    .max(65_536)
    .optional()
    .describe(`Packets that an output may lag behind before it loses the oldest; ${QUEUE_PACKETS} when absent, at most bus_packets.`),
});

/** The fields of the document besides its three lists. */
export const headSchema = z.looseObject({
  version: z.literal(CONFIG_VERSION, { error: `must be ${CONFIG_VERSION}; version 1 is read and converted` }),
  node_id: z
    .uuid({ error: "must be a UUID like 6f1c2c1e-6f0b-4f0c-9b51-0d4f3c6f6b6a" })
    .optional()
    .describe("Identity of this edge; made at the first start."),
  device_name: z.string().max(256).optional().describe("A label for this edge."),
  server: serverSchema.prefault({}),
});

export type Server = z.output<typeof serverSchema>;
export type Flow = z.output<typeof flowSchema>;
export type Head = z.output<typeof headSchema>;

/** A configuration of version 2 that passed every check, with the defaults filled in. */
export type Config = Head & { inputs: Part[]; outputs: Part[]; flows: Flow[] };

/** The whole document as one schema, for JSON Schema and the OpenAPI page; `checkConfig` says more about what is wrong. */
export const configSchema = (declarations: readonly Declaration[]): z.ZodType<Config> =>
  headSchema.extend({
    inputs: z.array(partUnion(declarations, "input")).default([]).describe("Every input, on a flow or not."),
    outputs: z.array(partUnion(declarations, "output")).default([]).describe("Every output, on a flow or not."),
    flows: z.array(flowSchema).default([]),
  });

/** JSON Schema (draft 2020-12) of what may be written. Fields of other people pass: unknown keys are kept. */
export const configJsonSchema = (declarations: readonly Declaration[]): Record<string, unknown> =>
  z.toJSONSchema(configSchema(declarations), { io: "input", unrepresentable: "any" });
