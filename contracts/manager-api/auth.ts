import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { groupId, sought, time, uuid, words } from "./forms.ts";
import { MEMBER_ROLES, PLATFORM_ROLES, subjectSchema } from "./access/roles.ts";

/** 1 to 64 of letters, digits, `_`, `.` and `-`; case does not tell two people apart. */
export const username = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, "1 to 64 of letters, digits, _ . and -, beginning with a letter or digit");

/** 8 to 128 characters with upper, lower and digit. */
export const newPassword = z
  .string()
  .min(8)
  .max(128)
  .regex(/\p{Lu}/u, "needs an upper case letter")
  .regex(/\p{Ll}/u, "needs a lower case letter")
  .regex(/\d/, "needs a digit");
/** What is tried as a password: no rule tells how a right one looks. */
const triedPassword = z.string().min(1).max(128);

export const meSchema = z
  .object({
    id: uuid,
    username: z.string(),
    display_name: z.string(),
    email: z.string().nullable(),
    platform_role: z.enum(PLATFORM_ROLES),
    must_change_password: z.boolean(),
    expires_at: time.nullable(),
    access: subjectSchema.describe("What the console's buttons are judged by, with the same function as the server's."),
    groups: z
      .array(z.object({ id: groupId, name: z.string(), brand_color: z.string().nullable(), logo_version: z.int().nullable() }))
      .describe("Groups that this person sees."),
  })
  .meta({ id: "Me" });
export type Me = z.output<typeof meSchema>;

export const sessionSchema = z.object({
  id: uuid,
  created_at: time,
  last_seen_at: time,
  expires_at: time,
  ip_address: z.string(),
  user_agent: z.string(),
  is_own: z.boolean().describe("The session of this request."),
});

export const apiTokenSchema = z.object({
  id: uuid,
  name: z.string(),
  group_id: groupId.nullable().describe("null: all groups of the person."),
  role: z.enum(MEMBER_ROLES).describe("The most that it may, never more than the person has."),
  created_at: time,
  expires_at: time,
  last_used_at: time.nullable(),
});

const sessionParams = z.object({ session_id: uuid });
const tokenParams = z.object({ token_id: uuid });

export const AUTH_ENDPOINTS = {
  login: endpoint({
    method: "POST",
    path: "/auth/login",
    act: "auth.login",
    summary: "Opens a session; the answer's cookies carry it",
    body: z.object({ username: sought(64, 1), password: triedPassword }),
    answer: z.object({
      csrf_token: z.string().describe("Goes into X-CSRF-Token of every request that changes something."),
      user: meSchema,
    }),
    status: 200,
  }),
  logout: endpoint({ method: "POST", path: "/auth/logout", act: "auth.logout", summary: "Ends this session" }),
  me: endpoint({ method: "GET", path: "/auth/me", act: "account.read", summary: "Who asks, and what they may", answer: meSchema }),
  updateMe: endpoint({
    method: "PUT",
    path: "/auth/me",
    act: "account.update",
    summary: "Changes one's own name and address",
    body: z.object({ display_name: words(128), email: z.email().max(254).nullable() }),
    answer: meSchema,
  }),
  changePassword: endpoint({
    method: "POST",
    path: "/auth/change-password",
    act: "account.password",
    summary: "Changes one's own password; every other session of the person ends",
    body: z.object({ current_password: triedPassword, new_password: newPassword }),
    answer: z.object({ csrf_token: z.string() }),
    status: 200,
  }),
  sessions: endpoint({
    method: "GET",
    path: "/auth/sessions",
    act: "session.list",
    summary: "One's own sessions, the newest first",
    answer: z.object({ sessions: z.array(sessionSchema) }),
  }),
  revokeSession: endpoint({
    method: "DELETE",
    path: "/auth/sessions/:session_id",
    act: "session.revoke",
    summary: "Ends one of one's own sessions",
    params: sessionParams,
  }),
  tokens: endpoint({
    method: "GET",
    path: "/auth/tokens",
    act: "token.list",
    summary: "One's own API tokens, without what is secret of them",
    answer: z.object({ tokens: z.array(apiTokenSchema) }),
  }),
  createToken: endpoint({
    method: "POST",
    path: "/auth/tokens",
    act: "token.create",
    summary: "Makes an API token; it is shown this once",
    body: z.object({
      name: words(128),
      group_id: groupId.nullable().default(null),
      role: z.enum(MEMBER_ROLES),
      expires_in_days: z.int().min(1).max(730),
    }),
    answer: apiTokenSchema.extend({ token: z.string() }),
  }),
  revokeToken: endpoint({
    method: "DELETE",
    path: "/auth/tokens/:token_id",
    act: "token.revoke",
    summary: "Ends one of one's own API tokens",
    params: tokenParams,
  }),
} as const;
