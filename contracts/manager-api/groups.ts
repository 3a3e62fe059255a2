import { z } from "zod";
import { memberRoleSchema } from "./access/roles.ts";
import { endpoint } from "./endpoint.ts";
import { groupId, sought, time, uuid, words } from "./forms.ts";

const quota = z.int().min(0).max(1_000_000).nullable().describe("null: no limit.");
const brandColor = z
  .string()
  .regex(/^#[0-9a-fA-F]{6}$/, "#rrggbb")
  .nullable();

export const groupSchema = z
  .object({
    id: groupId,
    slug: z.string(),
    name: z.string(),
    brand_color: z.string().nullable(),
    logo_version: z.int().nullable().describe("null: there is none; else it changes with the logo."),
    max_nodes: quota,
    max_users: quota,
    max_tunnels: quota,
    created_at: time,
    version: z.int(),
  })
  .meta({ id: "Group" });
export type Group = z.output<typeof groupSchema>;

export const memberSchema = z
  .object({
    user_id: uuid,
    username: z.string(),
    display_name: z.string(),
    role: memberRoleSchema,
    allowed_node_ids: z.array(uuid).nullable(),
    is_active: z.boolean(),
    last_login_at: time.nullable(),
  })
  .meta({ id: "Member" });

/** Bytes of a logo, and pixels of its sides. */
export const LOGO_LIMITS = { bytes: 262_144, width: 1_024, height: 512 } as const;

const params = z.object({ group_id: groupId });
const memberParams = z.object({ group_id: groupId, user_id: uuid });
const inPath = { params, target: { group: "params" } } as const;

export const GROUP_ENDPOINTS = {
  groups: endpoint({
    method: "GET",
    path: "/groups",
    act: "group.list",
    summary: "Groups that the caller is in; a super admin sees all",
    answer: z.object({ groups: z.array(groupSchema) }),
  }),
  createGroup: endpoint({
    method: "POST",
    path: "/groups",
    act: "group.create",
    summary: "Adds a group (tenant)",
    body: z.object({
      id: groupId.optional().describe("Made of the slug when absent."),
      slug: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "1 to 63 of a-z, 0-9 and -"),
      name: words(128),
      brand_color: brandColor.default(null),
      max_nodes: quota.default(null),
      max_users: quota.default(null),
      max_tunnels: quota.default(null),
    }),
    answer: groupSchema,
  }),
  group: endpoint({ method: "GET", path: "/groups/:group_id", act: "group.read", ...inPath, summary: "One group", answer: groupSchema }),
  updateGroup: endpoint({
    method: "PUT",
    path: "/groups/:group_id",
    act: "group.update",
    ...inPath,
    isVersioned: true,
    summary: "Changes a group's name and colour",
    body: z.object({ name: words(128), brand_color: brandColor }),
    answer: groupSchema,
  }),
  groupLogo: endpoint({
    method: "GET",
    path: "/groups/:group_id/logo",
    act: "group.read",
    ...inPath,
    summary: "The group's logo; ETag tells which",
    answer: z.unknown(),
    mediaType: "image/png",
  }),
  setGroupLogo: endpoint({
    method: "PUT",
    path: "/groups/:group_id/logo",
    act: "group.update",
    ...inPath,
    isVersioned: true,
    bodyLimit: 360_000,
    summary: "Gives a group a logo: a PNG of at most 256 kB and 1024 by 512 pixels, of which what is no picture is not kept",
    body: z.object({ png: z.base64().max(349_528) }),
    answer: groupSchema,
  }),
  removeGroupLogo: endpoint({
    method: "DELETE",
    path: "/groups/:group_id/logo",
    act: "group.update",
    ...inPath,
    isVersioned: true,
    summary: "Takes a group's logo away",
  }),
  setQuotas: endpoint({
    method: "PUT",
    path: "/groups/:group_id/quotas",
    act: "group.quota",
    params,
    isVersioned: true,
    summary: "How many nodes, people and tunnels a group may have",
    body: z.object({ max_nodes: quota, max_users: quota, max_tunnels: quota }),
    answer: groupSchema,
  }),
  deleteGroup: endpoint({
    method: "DELETE",
    path: "/groups/:group_id",
    act: "group.delete",
    params,
    summary: "Removes a group that owns nothing any more",
  }),
  groupUsage: endpoint({
    method: "GET",
    path: "/groups/:group_id/usage",
    act: "group.usage",
    ...inPath,
    summary: "What of its quotas a group uses",
    answer: z.object({ nodes: z.int(), users: z.int(), tunnels: z.int(), max_nodes: quota, max_users: quota, max_tunnels: quota }),
  }),
  members: endpoint({
    method: "GET",
    path: "/groups/:group_id/members",
    act: "member.list",
    ...inPath,
    summary: "Who is in the group",
    answer: z.object({ members: z.array(memberSchema) }),
  }),
  memberCandidates: endpoint({
    method: "GET",
    path: "/groups/:group_id/members/candidates",
    act: "member.list",
    ...inPath,
    summary: "People whom the caller administers elsewhere and who are not in this group",
    query: z.object({ search: sought(64).default("") }),
    answer: z.object({ candidates: z.array(z.object({ user_id: uuid, username: z.string(), display_name: z.string() })) }),
  }),
  setMember: endpoint({
    method: "PUT",
    path: "/groups/:group_id/members/:user_id",
    act: "member.update",
    target: { group: "params" },
    params: memberParams,
    summary: "Makes a person a member, or changes their role",
    body: z.object({ role: memberRoleSchema, allowed_node_ids: z.array(uuid).max(1_000).nullable().default(null) }),
    answer: memberSchema,
  }),
  removeMember: endpoint({
    method: "DELETE",
    path: "/groups/:group_id/members/:user_id",
    act: "member.remove",
    target: { group: "params" },
    params: memberParams,
    summary: "Takes a person out of the group",
  }),
} as const;
