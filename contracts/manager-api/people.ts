import { z } from "zod";
import { memberRoleSchema, membershipSchema, PLATFORM_ROLES } from "./access/roles.ts";
import { newPassword, username } from "./auth.ts";
import { endpoint } from "./endpoint.ts";
import { groupId, time, uuid, words } from "./forms.ts";

export const userSchema = z
  .object({
    id: uuid,
    username: z.string(),
    display_name: z.string(),
    email: z.string().nullable(),
    platform_role: z.enum(PLATFORM_ROLES),
    is_active: z.boolean(),
    is_temporary: z.boolean(),
    expires_at: time.nullable(),
    last_login_at: time.nullable(),
    created_at: time,
    version: z.int(),
    memberships: z.array(membershipSchema).describe("Those in groups that the caller administers."),
  })
  .meta({ id: "User" });
export type User = z.output<typeof userSchema>;

const userParams = z.object({ user_id: uuid });
const allowedNodes = z.array(uuid).max(1_000).nullable().default(null);
const shown = { display_name: words(128), email: z.email().max(254).nullable() };

export const PEOPLE_ENDPOINTS = {
  users: endpoint({
    method: "GET",
    path: "/users",
    act: "user.list",
    summary: "People of the groups that the caller administers",
    query: z.object({ group_id: groupId.optional() }),
    answer: z.object({ users: z.array(userSchema) }),
  }),
  createUser: endpoint({
    method: "POST",
    path: "/users",
    act: "user.create",
    target: { group: "body" },
    summary: "Adds a person and makes them a member of a group",
    body: z.object({
      group_id: groupId,
      role: memberRoleSchema,
      allowed_node_ids: allowedNodes,
      username,
      password: newPassword.describe("They are asked for another one when they first come."),
      ...shown,
      is_temporary: z.boolean().default(false),
      expires_at: time.nullable().default(null),
    }),
    answer: userSchema,
  }),
  user: endpoint({
    method: "GET",
    path: "/users/:user_id",
    act: "user.read",
    target: { user: "params" },
    summary: "One person",
    params: userParams,
    answer: userSchema,
  }),
  updateUser: endpoint({
    method: "PUT",
    path: "/users/:user_id",
    act: "user.update",
    target: { user: "params" },
    isVersioned: true,
    summary: "Changes a person; who is made inactive is logged out at once",
    params: userParams,
    body: z.object({ ...shown, is_active: z.boolean(), is_temporary: z.boolean(), expires_at: time.nullable() }),
    answer: userSchema,
  }),
  setUserPassword: endpoint({
    method: "POST",
    path: "/users/:user_id/password",
    act: "user.password",
    target: { user: "params" },
    summary: "Gives a person a password which they must change; all their sessions end",
    params: userParams,
    body: z.object({ new_password: newPassword }),
  }),
  setPlatformRole: endpoint({
    method: "PUT",
    path: "/users/:user_id/platform-role",
    act: "user.platform_role",
    summary: "Makes a person super admin, or takes that from them; the last one stays",
    params: userParams,
    body: z.object({ platform_role: z.enum(PLATFORM_ROLES) }),
    answer: userSchema,
  }),
  deleteUser: endpoint({
    method: "DELETE",
    path: "/users/:user_id",
    act: "user.delete",
    target: { user: "params" },
    summary: "Removes a person; nobody removes themselves",
    params: userParams,
  }),
} as const;
