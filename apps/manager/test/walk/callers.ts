import type { MemberRole, Membership, Subject } from "@bilbycast/contracts/manager-api";

/** Groups of the walk: two tenants that know nothing of each other, and four with which the first shares its nodes. */
export const GROUPS = {
  north: "grp_north",
  /** Where the first tenant's admin is admin too. */
  northToo: "grp_north_too",
  south: "grp_south",
  view: "grp_guest_view",
  operate: "grp_guest_operate",
  manage: "grp_guest_manage",
  expired: "grp_guest_expired",
} as const;
export type Group = keyof typeof GROUPS;

/** Somebody who asks. `state`: what keeps their credentials from holding, or from all but a few acts. */
export type Caller = {
  readonly name: string;
  readonly groups: Readonly<Partial<Record<Group, MemberRole>>>;
  readonly platform?: "super_admin";
  /** Nodes that they may see: none of those that the walk asks for. */
  readonly isLimited?: true;
  readonly via: "nobody" | "session" | "token";
  readonly tokenRole?: MemberRole;
  readonly state?: "disabled" | "expired" | "revoked" | "must_change_password" | "token_expired";
};

const person = (name: string, groups: Caller["groups"], more: Partial<Caller> = {}): Caller => ({ name, groups, via: "session", ...more });
const token = (name: string, groups: Caller["groups"], tokenRole: MemberRole, more: Partial<Caller> = {}): Caller => ({
  name,
  groups,
  via: "token",
  tokenRole,
  ...more,
});

export const CALLERS: readonly Caller[] = [
  { name: "nobody", groups: {}, via: "nobody" },
  person("north_viewer", { north: "viewer" }),
  person("north_operator", { north: "operator" }),
  person("north_admin", { north: "admin", northToo: "admin" }),
  person("south_viewer", { south: "viewer" }),
  person("south_operator", { south: "operator" }),
  person("south_admin", { south: "admin" }),
  person("view_admin", { view: "admin" }),
  person("operate_admin", { operate: "admin" }),
  person("manage_viewer", { manage: "viewer" }),
  person("manage_admin", { manage: "admin" }),
  person("expired_share_admin", { expired: "admin" }),
  person("limited_admin", { north: "admin" }, { isLimited: true }),
  person("groupless", {}),
  person("root", {}, { platform: "super_admin" }),
  person("disabled_admin", { north: "admin" }, { state: "disabled" }),
  person("expired_admin", { north: "admin" }, { state: "expired" }),
  person("revoked_admin", { north: "admin" }, { state: "revoked" }),
  person("fresh_admin", { north: "admin" }, { state: "must_change_password" }),
  token("token_viewer", { north: "admin" }, "viewer"),
  token("token_operator", { north: "admin" }, "operator"),
  token("token_admin", { north: "admin" }, "admin"),
  token("token_of_viewer", { north: "viewer" }, "admin"),
  token("token_of_root", {}, "admin", { platform: "super_admin" }),
  token("token_expired", { north: "admin" }, "admin", { state: "token_expired" }),
  token("token_of_disabled", { north: "admin" }, "admin", { state: "disabled" }),
];

/** The subject that the caller is, worked out from the table above alone. `undefined`: nobody, or nobody any more. */
export const subjectOf = (caller: Caller, userId: string): Subject | undefined => {
  const { groups, isLimited, platform, state, tokenRole, via } = caller;
  if (via === "nobody" || (state !== undefined && state !== "must_change_password")) {
    return undefined;
  }
  const order: readonly MemberRole[] = ["viewer", "operator", "admin"];
  const memberships = Object.entries(groups).map(([group, role]): Membership => ({
    group_id: GROUPS[group as Group],
    role: tokenRole !== undefined && order.indexOf(tokenRole) < order.indexOf(role) ? tokenRole : role,
    allowed_node_ids: isLimited === true ? [] : null,
  }));
  return { user_id: userId, platform_role: via === "token" ? "user" : (platform ?? "user"), memberships, via };
};

/** Whether a word of the first tenant in an answer to this caller would be a leak: no group of theirs has to do with it. */
export const isForeign = ({ groups, platform }: Caller): boolean =>
  platform === undefined && Object.keys(groups).every((group) => group === "south");
/** The same of the second tenant. */
export const isForeignToSouth = ({ groups, platform }: Caller): boolean => platform === undefined && groups.south === undefined;
