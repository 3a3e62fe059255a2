import { z } from "zod";
import { groupId, time, uuid } from "./forms.ts";

/** Most of each in one group, and of actions in one preset. */
export const MOST_PRESETS = 512;
export const MOST_PAGES = 64;
export const MOST_ACTIONS = 64;
/** Keys of one page: three rows of eight. */
export const KEYS_PER_PAGE = 24;
/** Seconds after which a seat at a desk that was not heard of is empty. */
export const SEAT_HOLDS_S = 25;

/** How one Take joins the sources, where a flow has Switch slots; absent: as the slot says. */
export const SPLICE_MODES = ["pmt_bump", "pes_aligned"] as const;

const partId = z.string().min(1).max(64);
const splice = z.enum(SPLICE_MODES).optional();

/** One thing that a preset does. */
export const presetActionSchema = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("activate_input"),
      node_id: uuid,
      flow_id: partId,
      input_id: partId.describe("Of that flow: what it carries from then on."),
      splice_mode_override: splice,
    }),
    z.strictObject({
      type: z.literal("bus_route"),
      node_id: uuid,
      dst_flow_id: partId,
      dst_program_number: z.int().min(1).max(65_535),
      source_input_id: partId,
      source_program_number: z.int().min(1).max(65_535),
      splice_mode_override: splice,
    }),
  ])
  .meta({ id: "PresetAction" });
export type PresetAction = z.output<typeof presetActionSchema>;

/** Marks of keys and pages, none of which is a colour of tally. */
export const DESK_COLORS = ["grey", "blue", "teal", "violet", "brown", "olive"] as const;
const color = z.enum(DESK_COLORS);

/** How a preset stands to what the nodes carry now. */
const matchSchema = z
  .object({
    state: z
      .enum(["matches", "differs", "unknown"])
      .describe("unknown: a node is away or has not told what it carries, and nothing that is known differs."),
    differs: z.int().describe("Actions whose flow carries something else."),
    actions: z.array(
      z.object({
        state: z.enum(["matches", "differs", "unknown"]),
        active_input_id: z.string().nullable().describe("What the flow carries; null: nothing, or it is not known."),
        reason: z
          .string()
          .nullable()
          .describe("node_not_connected, node_gone, flow_not_found, input_not_on_flow, not_told_yet, assembly_unavailable."),
      }),
    ),
  })
  .meta({ id: "PresetMatch" });
export type PresetMatch = z.output<typeof matchSchema>;

export const presetSchema = z
  .object({
    id: uuid,
    group_id: groupId,
    page_id: uuid.nullable(),
    position: z.int().describe("Its key on the page: 0 to 23 in reading order; further ones have no key."),
    name: z.string(),
    short_label: z.string(),
    color,
    description: z.string(),
    actions: z.array(presetActionSchema),
    version: z.int(),
    updated_at: time,
    updated_by: z.string(),
    matches_current: z.boolean(),
    match: matchSchema,
    bus: z.enum(["pgm", "pvw", "both"]).nullable(),
  })
  .meta({ id: "Preset" });
export type Preset = z.output<typeof presetSchema>;

export const pageSchema = z
  .object({
    id: uuid,
    group_id: groupId,
    name: z.string(),
    color,
    position: z.int(),
    is_emergency: z.boolean(),
    version: z.int(),
    presets: z.int(),
  })
  .meta({ id: "SwitcherPage" });
export type SwitcherPage = z.output<typeof pageSchema>;

const findingSchema = z.object({
  severity: z.enum(["error", "warning", "info"]).describe("error: it cannot be taken; warning: something may go wrong, or is not known."),
  code: z.string(),
  message: z.string(),
});

/** What a Take of a preset would change, action by action. Nothing is changed by asking. */
export const impactSchema = z
  .object({
    preset_id: uuid.describe("Of a revert, the preset whose take is taken back."),
    preset_version: z.int().describe("0: a revert."),
    checked_at: time,
    actions: z.array(
      z.object({
        action: presetActionSchema,
        node_name: z.string(),
        flow_name: z.string(),
        from: z.object({ input_id: z.string(), name: z.string() }).nullable().describe("null: nothing, or it is not known."),
        to: z.object({ input_id: z.string(), name: z.string() }),
        changes: z.boolean().describe("false: the flow carries it already."),
        outputs: z.array(z.object({ output_id: z.string(), name: z.string() })).describe("That are open and will send something else."),
        findings: z.array(findingSchema),
      }),
    ),
    nodes: z.int().describe("On which something changes."),
    outputs: z.int().describe("That will send something else."),
    changes_nothing: z.boolean(),
    is_blocked: z.boolean(),
    warnings: z.int(),
    checks: z
      .array(z.object({ name: z.enum(["nodes_online", "may_operate", "source_has_picture", "data_is_fresh"]), good: z.int(), of: z.int() }))
      .describe("How many of those that it concerns are well."),
  })
  .meta({ id: "Impact" });
export type Impact = z.output<typeof impactSchema>;

export const TAKE_KINDS = ["take", "activate", "revert", "retry"] as const;
export const TAKE_STATES = ["taking", "verifying", "verified", "unconfirmed", "partial", "failed", "interrupted"] as const;

/** What became of one action of a take. */
const resultSchema = z.object({
  action: presetActionSchema,
  node_name: z.string(),
  flow_name: z.string(),
  from_input_id: z.string().nullable().describe("What the flow carried before."),
  ok: z.boolean().describe("The node has obeyed."),
  state: z
    .enum(["pending", "acknowledged", "verified", "unconfirmed", "unchanged", "failed", "unknown"])
    .describe(
      "verified: the new source left on every output; unchanged: it was on air already; unknown: the manager or the node went away.",
    ),
  error_code: z.string().nullable(),
  error: z.string().nullable(),
  acknowledged_ms: z.number().nullable().describe("From the press."),
  verified_ms: z.number().nullable().describe("From the press to the first new datagram of the last output, as the node measured it."),
  outputs: z.array(z.object({ output_id: z.string(), first_datagram_ms: z.number().nullable() })),
});
export type TakeResult = z.output<typeof resultSchema>;

export const takeSchema = z
  .object({
    id: uuid,
    group_id: groupId,
    kind: z.enum(TAKE_KINDS),
    preset_id: uuid.nullable().describe("null: it has been deleted since."),
    preset_name: z.string(),
    by: z.string(),
    at: time,
    state: z
      .enum(TAKE_STATES)
      .describe(
        "taking: commands are under way; verifying: all nodes obeyed, and what leaves is waited for; unconfirmed: obeyed, and not seen to leave; partial: some obeyed; interrupted: the manager went away in the middle.",
      ),
    results: z.array(resultSchema),
    acknowledged_ms: z.number().nullable().describe("From the press to the answer of the last node."),
    verified_ms: z.number().nullable(),
    can_revert: z.boolean().describe("It is the newest of its desk, and something of it can be put back."),
    can_retry: z.boolean().describe("It is the newest of its desk, and something of it failed."),
  })
  .meta({ id: "Take" });
export type Take = z.output<typeof takeSchema>;

const pgmSchema = z.object({
  preset_id: uuid,
  since: time,
  by: z.string(),
  take_id: uuid.nullable(),
  state: z.enum(["on_air", "partial"]),
});

/** Both buses of a group, who sits there, and what is under way. */
export const deskSchema = z
  .object({
    group_id: groupId,
    pgm: pgmSchema.nullable().describe("null: what is on air is no preset, or not known to be one."),
    pgm_lost: z
      .object({ preset_id: uuid, at: time, reason: z.enum(["drifted", "interrupted", "changed"]) })
      .nullable()
      .describe("Why there is none, since it was there last."),
    pvw: z.object({ preset_id: uuid, by: z.string(), at: time }).nullable(),
    taking: uuid.nullable().describe("The take that is under way."),
    lock: z.object({ by: z.string(), user_id: z.string(), at: time }).nullable().describe("Nobody else takes meanwhile."),
    seats: z.array(z.object({ seat: uuid, name: z.string(), user_id: z.string(), mode: z.enum(["live", "edit"]), is_armed: z.boolean() })),
    version: z.int().describe("Rises with each change."),
  })
  .meta({ id: "Desk" });
export type Desk = z.output<typeof deskSchema>;
