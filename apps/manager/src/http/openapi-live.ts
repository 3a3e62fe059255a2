import {
  alarmSchema,
  deskSchema,
  flowRowSchema,
  liveMessageSchema,
  LIVE_PATH,
  liveRequestSchema,
  nodeCardSchema,
  pageSchema,
  presetSchema,
  takeSchema,
  topic,
} from "@bilbycast/contracts/manager-api";
import type { z } from "zod";

type ToJsonSchema = (schema: z.ZodType, io: "input" | "output") => Record<string, unknown>;

/** What a topic tells of: the key of an object, and its form. */
const OBJECTS: readonly { topic: string; key: string; name: string; schema: z.ZodType }[] = [
  { topic: "nodes", key: "<node_id>", name: "NodeCard", schema: nodeCardSchema },
  { topic: "flows", key: "<node_id>, and in it <flow_id>", name: "FlowRow", schema: flowRowSchema },
  { topic: "alarms", key: "<alarm_id>", name: "Alarm", schema: alarmSchema },
  { topic: "desk:<group_id>", key: "desk", name: "Desk", schema: deskSchema },
  { topic: "desk:<group_id>", key: "page:<page_id>", name: "SwitcherPage", schema: pageSchema },
  { topic: "desk:<group_id>", key: "preset:<preset_id>", name: "Preset", schema: presetSchema },
  { topic: "desk:<group_id>", key: "take:<take_id>", name: "Take", schema: takeSchema },
];

const ref = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/**
 * The WebSocket beside the API. OpenAPI describes its upgrade; what is said on it stands under `x-websocket`, as an AsyncAPI document would:
 * what each side sends, and the form of each object of each topic.
 */
export const openApiLive = (jsonSchemaOf: ToJsonSchema): { path: Record<string, unknown>; schemas: Record<string, unknown> } => ({
  path: {
    [LIVE_PATH]: {
      get: {
        operationId: "live",
        summary: "What changes, as it changes: nodes, flows, alarms, events and desks",
        tags: ["live"],
        security: [{ session: [] }],
        responses: { 101: { description: "JSON text frames both ways" }, 401: { description: "The session has ended" } },
        "x-websocket": {
          send: ref("LiveRequest"),
          receive: ref("LiveMessage"),
          topics: jsonSchemaOf(topic, "input"),
          objects: OBJECTS.map(({ key, name, topic: of }) => ({ topic: of, key, schema: ref(name) })),
        },
      },
    },
  },
  schemas: {
    LiveRequest: jsonSchemaOf(liveRequestSchema, "input"),
    LiveMessage: jsonSchemaOf(liveMessageSchema, "output"),
    ...Object.fromEntries(OBJECTS.map(({ name, schema }) => [name, jsonSchemaOf(schema, "output")])),
  },
});
