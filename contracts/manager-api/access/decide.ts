import { ACTS, type Act, type Need } from "./needs.ts";
import {
  permissionOf,
  rankOfPermission,
  rankOfRole,
  roleWith,
  type MemberRole,
  type Membership,
  type NodeObject,
  type Permission,
  type Subject,
  type UserObject,
} from "./roles.ts";

/** What an act is done to. */
export type Target = { readonly groupId: string } | { readonly node: NodeObject } | { readonly user: UserObject } | undefined;

/**
 * `hidden`: the thing is none of this person's business, and the answer is the same as if it did not exist.
 * `refused`: they see it and may not do this; `needs` is the role that may, in words of the console.
 */
export type Verdict = { is: "allowed" } | { is: "hidden" } | { is: "refused"; needs: MemberRole | "super_admin" | "owner" | "person" };

const ALLOWED: Verdict = { is: "allowed" };
const HIDDEN: Verdict = { is: "hidden" };

/**
 * Whether `subject` may do `act` to `target`. The only place where that is decided.
 * `now`: RFC 3339, UTC, for shares that expire. `subject` is undefined for a request that nobody has signed.
 */
export const decide = (act: Act, subject: Subject | undefined, target: Target, now: string): Verdict =>
  decideNeed(ACTS[act], subject, target, now);

/** The same for a need that is no act of its own, as that of a command which a driver declares. */
export const decideNeed = (need: Need, subject: Subject | undefined, target: Target, now: string): Verdict => {
  if (need.at === "public") {
    return ALLOWED;
  }
  if (subject === undefined) {
    return HIDDEN;
  }
  if (need.at === "session") {
    return need.person === true && subject.via === "token" ? { is: "refused", needs: "person" } : ALLOWED;
  }
  if (isSuperAdmin(subject)) {
    return ALLOWED;
  }
  switch (need.at) {
    case "platform":
      return { is: "refused", needs: "super_admin" };
    case "any_group":
      return subject.memberships.some(({ role }) => rankOfRole(role) >= rankOfRole(need.role))
        ? ALLOWED
        : { is: "refused", needs: need.role };
    case "group":
      return target !== undefined && "groupId" in target ? decideInGroup(need.role, subject, target.groupId) : HIDDEN;
    case "user":
      return target !== undefined && "user" in target ? decideOnUser(need, subject, target.user) : HIDDEN;
    case "node":
      return target !== undefined && "node" in target ? decideOnNode(need, subject, target.node, now) : HIDDEN;
  }
};

/** What `subject` may do with the node by role and by shares; undefined: not even see it. A super admin may do everything. */
export const permissionOn = (subject: Subject, node: NodeObject, now: string, native = false): Permission | undefined => {
  if (isSuperAdmin(subject)) {
    return "manage";
  }
  const ranks = subject.memberships
    .filter((membership) => admits(membership, node))
    .map((membership) => rankBy(membership, node, now, native));
  const best = Math.max(-1, ...ranks);
  return best < 0 ? undefined : permissionOf(ROLE_OF_RANK[best] ?? "viewer");
};

/** A token has no platform role, whatever is said of it. */
const isSuperAdmin = ({ platform_role: role, via }: Subject): boolean => role === "super_admin" && via === "session";

const ROLE_OF_RANK: readonly MemberRole[] = ["viewer", "operator", "admin"];

const admits = ({ allowed_node_ids: allowed }: Membership, node: NodeObject): boolean => allowed === null || allowed.includes(node.nodeId);

/** A share gives a member of the other group no more than their role there: a viewer of it stays one. */
const rankBy = ({ group_id: groupId, role }: Membership, node: NodeObject, now: string, native: boolean): number => {
  if (groupId === node.ownerGroupId) {
    return rankOfRole(role);
  }
  const shared = native
    ? []
    : node.shares
        .filter((share) => share.group_id === groupId && (share.expires_at === null || share.expires_at > now))
        .map(({ permission }) => Math.min(rankOfPermission(permission), rankOfRole(role)));
  return Math.max(-1, ...shared);
};

const decideInGroup = (role: MemberRole, subject: Subject, groupId: string): Verdict => {
  const membership = subject.memberships.find((each) => each.group_id === groupId);
  if (membership === undefined) {
    return HIDDEN;
  }
  return rankOfRole(membership.role) >= rankOfRole(role) ? ALLOWED : { is: "refused", needs: role };
};

const decideOnNode = (need: Need & { at: "node" }, subject: Subject, node: NodeObject, now: string): Verdict => {
  const permission = permissionOn(subject, node, now);
  if (permission === undefined) {
    return HIDDEN;
  }
  if (rankOfPermission(permission) < rankOfPermission(need.permission)) {
    return { is: "refused", needs: roleWith(need.permission) };
  }
  if (need.native !== true) {
    return ALLOWED;
  }
  const native = permissionOn(subject, node, now, true);
  return native !== undefined && rankOfPermission(native) >= rankOfPermission(need.permission)
    ? ALLOWED
    : { is: "refused", needs: "owner" };
};

const decideOnUser = (need: Need & { at: "user" }, subject: Subject, user: UserObject): Verdict => {
  if (need.self === true && user.userId === subject.user_id) {
    return ALLOWED;
  }
  const administered = new Set(subject.memberships.filter(({ role }) => role === "admin").map(({ group_id: id }) => id));
  if (!user.groupIds.some((id) => administered.has(id))) {
    return HIDDEN;
  }
  return user.platformRole !== "super_admin" && user.groupIds.every((id) => administered.has(id))
    ? ALLOWED
    : { is: "refused", needs: "super_admin" };
};
