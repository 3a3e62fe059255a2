import { z } from "zod";

/** What a person is to the whole installation. */
export const PLATFORM_ROLES = ["user", "super_admin"] as const;
export type PlatformRole = (typeof PLATFORM_ROLES)[number];

/** What a person is in a group, from the least to the most. */
export const MEMBER_ROLES = ["viewer", "operator", "admin"] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

/** What may be done with a thing, from the least to the most; each step is what the member role of the same rank has in its own group. */
export const PERMISSIONS = ["view", "operate", "manage"] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const memberRoleSchema = z.enum(MEMBER_ROLES).describe("viewer sees, operator steers, admin arranges.");
export const permissionSchema = z
  .enum(PERMISSIONS)
  .describe("view, operate or manage: what viewer, operator and admin have in their own group.");

/** 0, 1 or 2. */
export const rankOfRole = (role: MemberRole): number => MEMBER_ROLES.indexOf(role);
/** 0, 1 or 2, on the same ladder as the roles. */
export const rankOfPermission = (permission: Permission): number => PERMISSIONS.indexOf(permission);

/** The role that has this permission in its own group. */
export const roleWith = (permission: Permission): MemberRole => MEMBER_ROLES[rankOfPermission(permission)] ?? "admin";
/** What this role has in its own group. */
export const permissionOf = (role: MemberRole): Permission => PERMISSIONS[rankOfRole(role)] ?? "view";

export const membershipSchema = z.object({
  group_id: z.string(),
  role: memberRoleSchema,
  allowed_node_ids: z.array(z.string()).nullable().describe("null: every node of the group and every node that is shared with it."),
});
export type Membership = z.output<typeof membershipSchema>;

/** A node of one group that another group may see, operate or manage. */
export const shareSchema = z.object({
  group_id: z.string().describe("The group that it is shared with."),
  permission: permissionSchema,
  expires_at: z.iso.datetime().nullable(),
});
export type Share = z.output<typeof shareSchema>;

/** Who asks, as far as access goes. */
export const subjectSchema = z
  .object({
    user_id: z.string(),
    platform_role: z.enum(PLATFORM_ROLES),
    memberships: z.array(membershipSchema),
    via: z.enum(["session", "token"]).describe("token: a program; it has no more than the token was given, and never the platform role."),
  })
  .meta({ id: "Subject" });
export type Subject = z.output<typeof subjectSchema>;

/** A node, as far as access goes. */
export type NodeObject = { readonly nodeId: string; readonly ownerGroupId: string; readonly shares: readonly Share[] };

/** Another person, as far as access goes. */
export type UserObject = { readonly userId: string; readonly platformRole: PlatformRole; readonly groupIds: readonly string[] };
