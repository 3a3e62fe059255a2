import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { groupId, page, pageQuery, sought, time, uuid, words } from "./forms.ts";

export const SEVERITIES = ["info", "warning", "critical"] as const;

/** Something that a node or the manager told, once. */
export const managerEventSchema = z
  .object({
    id: z.string().describe("Grows with time."),
    at: time,
    node_id: uuid.nullable(),
    node_name: z.string(),
    group_id: groupId,
    severity: z.enum(SEVERITIES),
    category: z.string(),
    message: z.string(),
    error_code: z.string().nullable(),
    flow_id: z.string().nullable(),
    input_id: z.string().nullable(),
    output_id: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    alarm_id: uuid.nullable().describe("The alarm that it raised, repeated or cleared."),
  })
  .meta({ id: "ManagerEvent" });
export type ManagerEvent = z.output<typeof managerEventSchema>;

/** A condition that lasts: one per node, thing and code, however often it is told. */
export const alarmSchema = z
  .object({
    id: uuid,
    node_id: uuid.nullable(),
    node_name: z.string(),
    group_id: groupId,
    severity: z.enum(["warning", "critical"]),
    category: z.string(),
    error_code: z.string(),
    flow_id: z.string().nullable(),
    input_id: z.string().nullable(),
    output_id: z.string().nullable(),
    message: z.string(),
    is_raised: z.boolean(),
    count: z.int().describe("How often it was raised since it was first seen."),
    first_seen: time,
    last_seen: time,
    cleared_at: time.nullable(),
    acknowledged_at: time.nullable(),
    acknowledged_by: z.string().nullable(),
    note: z.string().nullable(),
    shelved_until: time.nullable(),
    shelved_by: z.string().nullable(),
  })
  .meta({ id: "Alarm" });
export type Alarm = z.output<typeof alarmSchema>;

const ids = z.array(uuid).min(1).max(500);
const outcome = z.object({
  done: z.array(alarmSchema),
  refused: z.array(z.object({ id: uuid, error: z.string(), error_code: z.string() })),
});

export const ALARM_ENDPOINTS = {
  events: endpoint({
    method: "GET",
    path: "/events",
    act: "event.list",
    summary: "Events of nodes that the caller sees, the newest first",
    query: pageQuery.extend({
      group_id: groupId.optional(),
      node_id: uuid.optional(),
      severity: z.enum(SEVERITIES).optional(),
      category: sought(256).optional(),
      flow_id: sought(64).optional(),
      search: sought(256).optional(),
      from: time.optional(),
      to: time.optional(),
    }),
    answer: page(managerEventSchema),
  }),
  alarms: endpoint({
    method: "GET",
    path: "/alarms",
    act: "alarm.list",
    summary: "Conditions, the worst first",
    query: z.object({
      group_id: groupId.optional(),
      node_id: uuid.optional(),
      state: z
        .enum(["open", "cleared", "all"])
        .default("open")
        .describe("open: raised, or nobody has acknowledged it; cleared: not raised."),
      limit: z.coerce.number().int().min(1).max(1_000).default(200),
    }),
    answer: z.object({
      alarms: z.array(alarmSchema),
      counts: z
        .object({ critical: z.int(), warning: z.int(), unacknowledged: z.int() })
        .describe("Raised by severity, and open that nobody has acknowledged; without what is shelved."),
    }),
  }),
  acknowledge: endpoint({
    method: "POST",
    path: "/alarms/acknowledge",
    act: "alarm.acknowledge",
    target: "each",
    summary: "Says that somebody knows; each by itself, and those that may not be are named",
    body: z.object({ ids, note: words(1_024, 0).default("") }),
    answer: outcome,
    status: 200,
  }),
  shelve: endpoint({
    method: "POST",
    path: "/alarms/shelve",
    act: "alarm.shelve",
    target: "each",
    summary: "Hides alarms for a time; 0 minutes brings them back",
    body: z.object({ ids, minutes: z.int().min(0).max(10_080) }),
    answer: outcome,
    status: 200,
  }),
} as const;
