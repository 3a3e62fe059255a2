import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { groupId, paragraph, time, uuid, words } from "./forms.ts";

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
  .object({ id: uuid, group_id: groupId, name: z.string(), color, position: z.int(), version: z.int(), presets: z.int() })
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
    preset_id: uuid,
    preset_version: z.int(),
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
      .object({ preset_id: uuid, at: time, reason: z.enum(["drifted", "interrupted", "changed", "deleted"]) })
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

const presetFields = {
  name: words(128),
  short_label: words(8),
  color: color.default("grey"),
  description: paragraph(1_024).default(""),
  page_id: uuid.nullable().default(null),
  position: z.int().min(0).max(MOST_PRESETS).default(0),
  actions: z.array(presetActionSchema).min(1).max(MOST_ACTIONS).describe("No two of them for the same flow: one flow carries one input."),
};
const pageFields = { name: words(64), color: color.default("grey"), position: z.int().min(0).max(MOST_PAGES).default(0) };
const onGroup = { params: z.object({ group_id: groupId }), target: { group: "params" } } as const;
const onPreset = { params: z.object({ preset_id: uuid }), target: { preset: "params" } } as const;
const onPage = { params: z.object({ page_id: uuid }), target: { page: "params" } } as const;

/** What every press carries. */
const press = {
  request_id: uuid.optional().describe("Of this press: the same one a second time answers what became of the first."),
  wait: z
    .enum(["acknowledged", "verified"])
    .default("acknowledged")
    .describe("When it answers: when all nodes have, or when what leaves has been seen, too (two seconds more at most)."),
};

/** Both buses of each group, presets, and what puts them on air. */
export const SWITCHER_ENDPOINTS = {
  desks: endpoint({
    method: "GET",
    path: "/switcher/desks",
    act: "switcher.list",
    summary: "Desks of the groups in which the caller is operator",
    answer: z.object({ desks: z.array(deskSchema.extend({ group_name: z.string(), pages: z.int(), presets: z.int() })) }),
  }),
  desk: endpoint({
    method: "GET",
    path: "/switcher/desks/:group_id",
    act: "switcher.read",
    ...onGroup,
    summary: "One desk: its buses, pages, presets and newest takes",
    answer: z.object({ desk: deskSchema, pages: z.array(pageSchema), presets: z.array(presetSchema), takes: z.array(takeSchema) }),
  }),
  presets: endpoint({
    method: "GET",
    path: "/switcher/presets",
    act: "switcher.list",
    summary: "Presets of the groups in which the caller is operator",
    query: z.object({ group_id: groupId.optional() }),
    answer: z.object({ presets: z.array(presetSchema) }),
  }),
  pages: endpoint({
    method: "GET",
    path: "/switcher/pages",
    act: "switcher.list",
    summary: "Pages of the groups in which the caller is operator",
    query: z.object({ group_id: groupId.optional() }),
    answer: z.object({ pages: z.array(pageSchema) }),
  }),
  createPreset: endpoint({
    method: "POST",
    path: "/switcher/presets",
    act: "switcher.preset.create",
    target: { group: "body" },
    summary: "Makes a preset",
    body: z.strictObject({ group_id: groupId, ...presetFields }),
    answer: presetSchema,
  }),
  updatePreset: endpoint({
    method: "PUT",
    path: "/switcher/presets/:preset_id",
    act: "switcher.preset.update",
    ...onPreset,
    isVersioned: true,
    summary: "Changes a preset; on PGM it is that no more unless it still is what is on air",
    body: z.strictObject(presetFields),
    answer: presetSchema,
  }),
  deletePreset: endpoint({
    method: "DELETE",
    path: "/switcher/presets/:preset_id",
    act: "switcher.preset.delete",
    ...onPreset,
    summary: "Deletes a preset that is on neither bus",
  }),
  createPage: endpoint({
    method: "POST",
    path: "/switcher/pages",
    act: "switcher.page.create",
    target: { group: "body" },
    summary: "Makes a page",
    body: z.strictObject({ group_id: groupId, ...pageFields }),
    answer: pageSchema,
  }),
  updatePage: endpoint({
    method: "PUT",
    path: "/switcher/pages/:page_id",
    act: "switcher.page.update",
    ...onPage,
    isVersioned: true,
    summary: "Changes a page",
    body: z.strictObject(pageFields),
    answer: pageSchema,
  }),
  deletePage: endpoint({
    method: "DELETE",
    path: "/switcher/pages/:page_id",
    act: "switcher.page.delete",
    ...onPage,
    summary: "Deletes a page; its presets are on none then",
  }),
  impact: endpoint({
    method: "GET",
    path: "/switcher/presets/:preset_id/impact",
    act: "switcher.read",
    ...onPreset,
    summary: "What a Take of it would change, and what stands against it",
    answer: impactSchema,
  }),
  setPvw: endpoint({
    method: "POST",
    path: "/switcher/pvw",
    act: "switcher.pvw",
    target: { group: "body" },
    summary: "Loads a preset into PVW, or clears it; everybody at the desk sees it, and it is on no record",
    body: z.strictObject({ group_id: groupId, preset_id: uuid.nullish().describe("Absent or null: clear.") }),
    answer: z.object({ pvw: deskSchema.shape.pvw }),
    status: 200,
  }),
  take: endpoint({
    method: "POST",
    path: "/switcher/take",
    act: "switcher.take",
    target: { group: "body" },
    summary: "Puts what is in PVW on air",
    body: z.strictObject({
      group_id: groupId,
      preset_id: uuid.optional().describe("What PVW is thought to hold: refused as pvw_changed when it holds another one."),
      preset_version: z.int().optional().describe("Which version of it was looked at: refused as pvw_changed when it was edited since."),
      ...press,
    }),
    answer: takeSchema.extend({ pgm: deskSchema.shape.pgm }),
    status: 200,
  }),
  activate: endpoint({
    method: "POST",
    path: "/switcher/presets/:preset_id/activate",
    act: "switcher.preset.activate",
    ...onPreset,
    summary: "Puts a preset on air without a preview",
    body: z.strictObject({ ...press }),
    answer: takeSchema.extend({ pgm: deskSchema.shape.pgm }),
    status: 200,
  }),
  retry: endpoint({
    method: "POST",
    path: "/switcher/retry",
    act: "switcher.take",
    target: { group: "body" },
    summary: "Does the failed actions of the newest take again",
    body: z.strictObject({ group_id: groupId, take_id: uuid, ...press }),
    answer: takeSchema.extend({ pgm: deskSchema.shape.pgm }),
    status: 200,
  }),
  revert: endpoint({
    method: "POST",
    path: "/switcher/revert",
    act: "switcher.take",
    target: { group: "body" },
    summary: "Puts back on air what the newest take replaced, where it still is as that take left it",
    body: z.strictObject({ group_id: groupId, take_id: uuid, ...press }),
    answer: takeSchema.extend({ pgm: deskSchema.shape.pgm }),
    status: 200,
  }),
  takeOf: endpoint({
    method: "GET",
    path: "/switcher/desks/:group_id/takes/:take_id",
    act: "switcher.read",
    target: { group: "params" },
    params: z.object({ group_id: groupId, take_id: uuid }),
    summary: "How a take went",
    answer: takeSchema,
  }),
  lockDesk: endpoint({
    method: "POST",
    path: "/switcher/desks/:group_id/lock",
    act: "switcher.lock",
    ...onGroup,
    summary: "Keeps others from taking, or lets them again; who has left the desk keeps nobody",
    body: z.strictObject({
      is_locked: z.boolean(),
      take_over: z.boolean().default(false).describe("Also when somebody else has it."),
    }),
    answer: z.object({ lock: deskSchema.shape.lock }),
    status: 200,
  }),
  sit: endpoint({
    method: "POST",
    path: "/switcher/desks/:group_id/seats",
    act: "switcher.sit",
    ...onGroup,
    summary: `Says that somebody is at the desk, at least every ${SEAT_HOLDS_S} s`,
    body: z.strictObject({
      seat: uuid.describe("Of this window, of its own choice."),
      mode: z.enum(["live", "edit", "left"]),
      is_armed: z.boolean(),
    }),
    answer: z.object({ seats: deskSchema.shape.seats }),
    status: 200,
  }),
} as const;
