import assert from "node:assert/strict";
import { test } from "node:test";
import { decideNeed, permissionOn } from "./decide.ts";
import type { Need } from "./needs.ts";
import { MEMBER_ROLES, PERMISSIONS, type Membership, type NodeObject, type Permission, type Share, type Subject } from "./roles.ts";

// Every combination of membership, share, list of nodes, expiry and way in, against rules that are said once more in other words.

const NOW = "2026-06-01T12:00:00.000Z";
const NODE_ID = "n1";

const ROLES = [undefined, ...MEMBER_ROLES] as const;
const LISTS = { every: null, "with it": ["n0", NODE_ID], "without it": ["n0"], none: [] } as const;
const EXPIRIES = {
  never: null,
  "in a while": "2026-06-01T12:00:00.001Z",
  "at this moment": NOW,
  "long ago": "2020-01-01T00:00:00.000Z",
} as const;

type Case = { own: Membership | undefined; other: Membership | undefined; share: Share | undefined };

const membership = (group_id: string, role: (typeof ROLES)[number], list: readonly string[] | null): Membership | undefined =>
  role === undefined ? undefined : { group_id, role, allowed_node_ids: list === null ? null : [...list] };

const CASES: readonly Case[] = ROLES.flatMap((ownRole) =>
  Object.values(LISTS).flatMap((ownList) =>
    ROLES.flatMap((otherRole) =>
      Object.values(LISTS).flatMap((otherList) =>
        [undefined, ...PERMISSIONS].flatMap((permission) =>
          Object.values(EXPIRIES).map((expires): Case => ({
            own: membership("grp_own", ownRole, ownList),
            other: membership("grp_else", otherRole, otherList),
            share: permission === undefined ? undefined : { group_id: "grp_else", permission, expires_at: expires },
          })),
        ),
      ),
    ),
  ),
);

const subjectOf = ({ own, other }: Case, via: Subject["via"] = "session", platform: Subject["platform_role"] = "user"): Subject => ({
  user_id: "u",
  platform_role: platform,
  memberships: [own, other].filter((each) => each !== undefined),
  via,
});
const nodeOf = ({ share }: Case): NodeObject => ({ nodeId: NODE_ID, ownerGroupId: "grp_own", shares: share === undefined ? [] : [share] });

const sees = (member: Membership): boolean => member.allowed_node_ids === null || member.allowed_node_ids.includes(NODE_ID);
const STEPS = ["view", "operate", "manage"];
const OF_ROLE = { viewer: 0, operator: 1, admin: 2 } as const;

/** -1: nothing; else the step of the ladder. `native`: as owner alone. */
const stepOf = ({ own, other, share }: Case, native: boolean): number => {
  const asOwner = own !== undefined && sees(own) ? OF_ROLE[own.role] : -1;
  const holds = share !== undefined && (share.expires_at === null || Date.parse(share.expires_at) > Date.parse(NOW));
  const asGuest = holds && other !== undefined && sees(other) ? Math.min(STEPS.indexOf(share.permission), OF_ROLE[other.role]) : -1;
  return native ? asOwner : Math.max(asOwner, asGuest);
};

test(`${CASES.length} combinations of role, list, share and expiry give the permission that they should`, () => {
  for (const each of CASES) {
    const expected = STEPS[stepOf(each, false)] as Permission | undefined;
    const native = STEPS[stepOf(each, true)] as Permission | undefined;
    assert.equal(permissionOn(subjectOf(each), nodeOf(each), NOW), expected, JSON.stringify(each));
    assert.equal(permissionOn(subjectOf(each), nodeOf(each), NOW, true), native, JSON.stringify(each));
  }
});

test("who has no permission at all is told nothing; who has too little is told what it takes", () => {
  for (const each of CASES) {
    const [step, native] = [stepOf(each, false), stepOf(each, true)];
    for (const [wanted, permission] of PERMISSIONS.entries()) {
      for (const isNative of [false, true]) {
        const need: Need = { at: "node", permission, ...(isNative ? { native: true } : {}) };
        for (const via of ["session", "token"] as const) {
          const verdict = decideNeed(need, subjectOf(each, via), { node: nodeOf(each) }, NOW);
          const expected =
            step < 0
              ? { is: "hidden" }
              : step < wanted
                ? { is: "refused", needs: MEMBER_ROLES[wanted] }
                : isNative && native < wanted
                  ? { is: "refused", needs: "owner" }
                  : { is: "allowed" };
          assert.deepEqual(verdict, expected, JSON.stringify({ each, need, via }));
        }
      }
    }
  }
});

test("a higher role, a wider list or a stronger share never takes a right away", () => {
  const rank = (each: Case, isNative: boolean): number => {
    const permission = permissionOn(subjectOf(each), nodeOf(each), NOW, isNative);
    return permission === undefined ? -1 : PERMISSIONS.indexOf(permission);
  };
  const raised = (member: Membership | undefined): Membership[] =>
    member === undefined
      ? []
      : [
          ...MEMBER_ROLES.slice(MEMBER_ROLES.indexOf(member.role) + 1).map((role) => ({ ...member, role })),
          { ...member, allowed_node_ids: null },
        ];
  for (const each of CASES) {
    const better: Case[] = [
      ...raised(each.own).map((own) => ({ ...each, own })),
      ...raised(each.other).map((other) => ({ ...each, other })),
      ...(each.share === undefined
        ? []
        : PERMISSIONS.slice(PERMISSIONS.indexOf(each.share.permission) + 1).map((permission) => ({
            ...each,
            share: { group_id: "grp_else", expires_at: each.share?.expires_at ?? null, permission },
          }))),
    ];
    for (const other of better) {
      assert.ok(rank(other, false) >= rank(each, false), JSON.stringify({ each, other }));
      assert.ok(rank(other, true) >= rank(each, true), JSON.stringify({ each, other }));
    }
  }
});

test("a super admin manages every node as its owner, by a session; a token has what its groups have", () => {
  for (const each of CASES) {
    assert.equal(permissionOn(subjectOf(each, "session", "super_admin"), nodeOf(each), NOW, true), "manage");
    assert.equal(
      permissionOn(subjectOf(each, "token", "super_admin"), nodeOf(each), NOW),
      permissionOn(subjectOf(each, "token"), nodeOf(each), NOW),
      JSON.stringify(each),
    );
  }
});

test("a share to one's own group, or to groups that one is not in, is nothing", () => {
  const node: NodeObject = {
    nodeId: NODE_ID,
    ownerGroupId: "grp_own",
    shares: ["grp_own", "grp_third"].map((group_id) => ({ group_id, permission: "manage", expires_at: null })),
  };
  const viewer: Subject = {
    user_id: "u",
    platform_role: "user",
    memberships: [{ group_id: "grp_own", role: "viewer", allowed_node_ids: null }],
    via: "session",
  };
  const stranger: Subject = { ...viewer, memberships: [{ group_id: "grp_else", role: "admin", allowed_node_ids: null }] };

  assert.equal(permissionOn(viewer, node, NOW), "view");
  assert.equal(permissionOn(stranger, node, NOW), undefined);
});
