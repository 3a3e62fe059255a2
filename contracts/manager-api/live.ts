import { z } from "zod";
import { alarmSchema, managerEventSchema } from "./alarms.ts";
import { time, uuid } from "./forms.ts";
import { changeSchema } from "./node-config.ts";
import { NODE_STATUSES } from "./nodes.ts";

/**
 * What flows over /ws/live, both ways, as JSON text frames. The session cookie is checked before the upgrade and every second afterwards;
 * each message holds only what this person may see. A token may not watch.
 *
 * The server numbers its messages. Who comes back within a minute with the last number and the resume token, as the first thing that they
 * say, gets what was missed, else a snapshot again; something that was told shortly before may come a second time. `hello` answers the first
 * message, and greets who says nothing for a second. `resync` says that something was missed: snapshots follow, and what was told of alarms,
 * events and changes is to be read anew. Codes of an end: 4401 the session is over, 1008 too much or nothing was said, 1013 it cannot take
 * what there is to be seen.
 *
 * A member that is null and one that is absent are the same: a patch cannot tell them apart.
 */
export const LIVE_PATH = "/ws/live";

/**
 * `nodes`: cards of all nodes, by id; without their CARD_NUMBERS, which stand beside the objects in `numbers`: of all cards in a snapshot, in
 * a patch of those of which one has changed. `flows`: the flows of each node, by the node's id and then the flow's; every second, or every five
 * where there are thousands. `node:<id>`: one in full, by `node` (its statistics but for the flows), `health` and `flow:<flow id>`;
 * an empty snapshot when it is out of sight. `alarms`: those that are open, by id, as a snapshot, and each that changes as a message.
 * `events` and `changes:<node id>`: messages alone, after an empty snapshot. `desk:<group id>`: the switcher of a group, by `desk`,
 * `page:<id>`, `preset:<id>` and `take:<id>` of the newest takes; told as it happens, not once a second.
 */
export const topic = z.string().regex(/^(nodes|flows|alarms|events|(node|changes):[0-9a-f-]{36}|desk:[a-z0-9][a-z0-9_-]{0,63})$/);

/** From the browser. */
export const liveRequestSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("resume"), resume_token: z.string().max(200), seq: z.int().nonnegative() }),
  z.object({ type: z.literal("subscribe"), topics: z.array(topic).max(64).describe("All that is wanted from now on.") }),
  z.object({ type: z.literal("rate"), visible: z.boolean().describe("false: every 5 s is enough.") }),
  z.object({
    type: z.literal("look"),
    pictures: z
      .array(z.object({ node_id: uuid, flow_id: z.string().max(64).optional(), input_id: z.string().max(64).optional() }))
      .max(16)
      .describe("What is looked at now: 5 pictures a second while the browser repeats this, at least every 5 s."),
  }),
  z.object({ type: z.literal("ping") }),
]);
export type LiveRequest = z.output<typeof liveRequestSchema>;

/** One number of a card, with its unit. */
const metric = z.object({ value: z.number(), unit: z.string() });

/**
 * What of a card changes every second, in the order in which it is told: the field, and how much of its unit one of what is told is. Rounded
 * to what a dashboard shows: three figures of a rate, whole percents. Who wants more looks at the node in full.
 */
export const CARD_NUMBERS = [
  { field: "bitrate_in_bps", scale: 1_000 },
  { field: "bitrate_out_bps", scale: 1_000 },
  { field: "cpu_percent", scale: 1 },
  { field: "ram_percent", scale: 1 },
] as const;

/** A node as the dashboard shows it. */
export const nodeCardSchema = z
  .object({
    id: uuid,
    n: z.int().optional().describe("By which its numbers are told over this connection."),
    name: z.string(),
    device_type: z.string(),
    group_id: z.string(),
    status: z.enum(NODE_STATUSES),
    status_since: time,
    software_version: z.string().nullable(),
    stats_at: time.nullable().describe("When its newest statistics came; told again when that is 10 s old."),
    started_at: time.nullable().describe("Since when it runs, by its own word and to some seconds."),
    cpu_percent: z.number().nullable(),
    ram_percent: z.number().nullable(),
    bitrate_in_bps: z.number().nullable(),
    bitrate_out_bps: z.number().nullable(),
    active_flows: z.int().nullable(),
    total_flows: z.int().nullable(),
    worst_health: z.enum(["Healthy", "Warning", "Error", "Critical"]).nullable(),
    alarms: z.object({ critical: z.int(), warning: z.int() }),
    metrics: z.record(z.string(), metric).describe("What its kind shows besides, by name."),
    pictures: z
      .record(z.string(), z.object({ flow_name: z.string(), tag: z.string(), at: time }))
      .describe("Flows of which there is a picture, by id; `tag` changes with it."),
  })
  .meta({ id: "NodeCard" });
export type NodeCard = z.output<typeof nodeCardSchema>;

/** A flow as a list of all flows shows it. */
export const flowRowSchema = z
  .object({
    name: z.string(),
    state: z.string().describe("running, degraded, stalled, failed, starting, stopped: as the node says it."),
    health: z.enum(["Healthy", "Warning", "Error", "Critical"]).nullable(),
    since: time.nullable().describe("When it began to run."),
    input_id: z.string().nullable().describe("The active one."),
    inputs: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string(), state: z.string() })),
    outputs: z.int(),
    bitrate_in_bps: z.number().nullable(),
    bitrate_out_bps: z.number().nullable(),
    loss_percent: z.number().nullable().describe("Of what came in since the row before this one."),
    rtt_ms: z.number().nullable(),
  })
  .meta({ id: "FlowRow" });
export type FlowRow = z.output<typeof flowRowSchema>;

const numbered = { seq: z.int(), at: time };

const numbers = z
  .array(z.tuple([z.int(), z.number().nullable(), z.number().nullable(), z.number().nullable(), z.number().nullable()]))
  .optional()
  .describe("Of `nodes`: of each card its `n`, then its CARD_NUMBERS; to be read after the objects.");

/** From the server. A patch is a JSON merge patch (RFC 7396) of the object of that key. */
export const liveMessageSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    ...numbered,
    resume_token: z.string(),
    instance_id: z.string(),
    region: z.string(),
    version: z.string(),
    resumed: z.boolean(),
  }),
  z.object({ type: z.literal("snapshot"), ...numbered, topic: z.string(), objects: z.record(z.string(), z.unknown()), numbers }),
  z.object({
    type: z.literal("patch"),
    ...numbered,
    topic: z.string(),
    objects: z.record(z.string(), z.unknown()).describe("By key; null: it is gone, or is no longer this person's business."),
    numbers,
  }),
  z.object({ type: z.literal("alarm"), ...numbered, alarm: alarmSchema }),
  z.object({ type: z.literal("event"), ...numbered, event: managerEventSchema }),
  z.object({ type: z.literal("change"), ...numbered, change: changeSchema }),
  z.object({ type: z.literal("notice"), ...numbered, code: z.string(), message: z.string() }),
  z.object({ type: z.literal("resync"), ...numbered, reason: z.string() }),
  z.object({ type: z.literal("pong"), ...numbered }),
]);
export type LiveMessage = z.input<typeof liveMessageSchema>;
