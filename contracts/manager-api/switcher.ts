import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { groupId, paragraph, uuid, words } from "./forms.ts";
import {
  deskSchema,
  DESK_COLORS,
  impactSchema,
  MOST_ACTIONS,
  MOST_PAGES,
  MOST_PRESETS,
  pageSchema,
  presetActionSchema,
  presetSchema,
  SEAT_HOLDS_S,
  takeSchema,
} from "./switcher-objects.ts";

const color = z.enum(DESK_COLORS);
const presetFields = {
  name: words(128),
  short_label: words(8),
  color: color.default("grey"),
  description: paragraph(1_024).default(""),
  page_id: uuid.nullable().default(null),
  position: z.int().min(0).max(MOST_PRESETS).default(0),
  actions: z.array(presetActionSchema).min(1).max(MOST_ACTIONS).describe("No two of them for the same flow: one flow carries one input."),
};
const pageFields = {
  name: words(64),
  color: color.default("grey"),
  position: z.int().min(0).max(MOST_PAGES).default(0),
  is_emergency: z.boolean().default(false).describe("For what must work when all else fails: what is on it is held to go on air."),
};
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
    body: z.strictObject({
      ...presetFields,
      makes_room: z
        .strictObject({ preset_id: uuid, version: z.int().min(1), position: presetFields.position.unwrap() })
        .optional()
        .describe("The preset of that page which has the place now goes to this one, in the same step: both move or neither."),
    }),
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
    body: z.strictObject({
      preset_version: z.int().optional().describe("Which version of it was looked at: refused as pvw_changed when it was edited since."),
      ...press,
    }),
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
  revertImpact: endpoint({
    method: "GET",
    path: "/switcher/desks/:group_id/takes/:take_id/revert",
    act: "switcher.read",
    target: { group: "params" },
    params: z.object({ group_id: groupId, take_id: uuid }),
    summary: "What a revert of it would put back on air, and what stands against it",
    answer: impactSchema,
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
