import assert from "node:assert/strict";
import { test } from "node:test";
import { decide, decideNeed, type Target } from "./decide.ts";
import { ACTS, needOf, type Act, type Need } from "./needs.ts";
import { PERMISSIONS, type MemberRole, type Subject } from "./roles.ts";

const NOW = "2026-06-01T12:00:00.000Z";
const USER = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";

/** Columns of the matrix: a role in the group that owns the thing, or super admin. */
const COLUMNS = ["viewer", "operator", "admin", "super_admin"] as const;
type Column = (typeof COLUMNS)[number];

/** `yes`, `-`: seen and refused, `?`: not even seen. */
type Mark = "yes" | "-" | "?";
type Row = readonly [viewer: Mark, operator: Mark, admin: Mark, superAdmin: "yes"];
const EVERYBODY: Row = ["yes", "yes", "yes", "yes"];
const OPERATORS: Row = ["-", "yes", "yes", "yes"];
const ADMINS: Row = ["-", "-", "yes", "yes"];
const PLATFORM: Row = ["-", "-", "-", "yes"];
/** Who does not administer people does not learn who there is. */
const UNSEEN: Row = ["?", "?", "yes", "yes"];
const VERDICTS = { yes: "allowed", "-": "refused", "?": "hidden" } as const;

/** Who may do what in their own group, line by line as the rules of the product have it, and not as the code under test does. */
const MATRIX: Readonly<Record<Act, Row>> = {
  // See dashboard, topology, events, nodes.
  "node.list": EVERYBODY,
  "node.read": EVERYBODY,
  "node.picture": EVERYBODY,
  "node.history": EVERYBODY,
  "device_type.list": EVERYBODY,
  "live.watch": EVERYBODY,
  "event.list": EVERYBODY,
  "alarm.list": EVERYBODY,
  "group.list": EVERYBODY,
  "group.read": EVERYBODY,
  "group.usage": EVERYBODY,
  "api.describe": EVERYBODY,
  // Acknowledge, start and stop, commands of an operator; create and change flows, inputs and outputs.
  "alarm.acknowledge": OPERATORS,
  "alarm.shelve": OPERATORS,
  "node.command": OPERATORS,
  "node.config.read": OPERATORS,
  "node.config.update": OPERATORS,
  "node.config.history": OPERATORS,
  "node.config.restore": OPERATORS,
  // See a desk and press on it; what is on it is the admin's to make.
  "switcher.list": OPERATORS,
  "switcher.read": OPERATORS,
  "switcher.pvw": OPERATORS,
  "switcher.take": OPERATORS,
  "switcher.preset.activate": OPERATORS,
  "switcher.lock": OPERATORS,
  "switcher.sit": OPERATORS,
  "switcher.preset.create": ADMINS,
  "switcher.preset.update": ADMINS,
  "switcher.preset.delete": ADMINS,
  "switcher.page.create": ADMINS,
  "switcher.page.update": ADMINS,
  "switcher.page.delete": ADMINS,
  // Commands of an admin; create, change and delete nodes, tokens, secrets, shares.
  "node.command.manage": ADMINS,
  "node.create": ADMINS,
  "node.update": ADMINS,
  "node.delete": ADMINS,
  "node.token": ADMINS,
  "node.rotate_secret": ADMINS,
  "node.transfer": ADMINS,
  "node.share": ADMINS,
  // People and membership of the group, its look.
  "user.list": ADMINS,
  "user.create": ADMINS,
  "user.update": UNSEEN,
  "user.password": UNSEEN,
  "user.delete": UNSEEN,
  "group.update": ADMINS,
  "member.list": ADMINS,
  "member.update": ADMINS,
  "member.remove": ADMINS,
  // The record, of one's own group.
  "audit.list": ADMINS,
  // Groups, quotas, settings, instances, who is super admin.
  "user.platform_role": PLATFORM,
  "group.create": PLATFORM,
  "group.quota": PLATFORM,
  "group.delete": PLATFORM,
  "audit.verify": PLATFORM,
  "settings.read": PLATFORM,
  "settings.update": PLATFORM,
  "instance.list": PLATFORM,
  // One's own account, and what is everybody's.
  "auth.login": EVERYBODY,
  "auth.logout": EVERYBODY,
  "account.read": EVERYBODY,
  "account.update": EVERYBODY,
  "account.password": EVERYBODY,
  "session.list": EVERYBODY,
  "session.revoke": EVERYBODY,
  "token.list": EVERYBODY,
  "token.create": EVERYBODY,
  "token.revoke": EVERYBODY,
  "preference.read": EVERYBODY,
  "preference.update": EVERYBODY,
  "health.read": EVERYBODY,
  "csp.report": EVERYBODY,
  // Of another person of the group; one's own is a row of its own below.
  "user.read": UNSEEN,
};

/** What a share of `manage` does not give, since it takes the node away from its owner or lets others in. */
const OWNERS_ALONE: ReadonlySet<Act> = new Set(["node.delete", "node.token", "node.rotate_secret", "node.transfer", "node.share"]);
/** What no program does in a person's name. */
const PERSONS_ALONE: ReadonlySet<Act> = new Set([
  "auth.logout",
  "account.update",
  "account.password",
  "session.list",
  "session.revoke",
  "token.list",
  "token.create",
  "token.revoke",
]);
const PUBLIC: ReadonlySet<Act> = new Set(["auth.login", "health.read", "csp.report"]);

const ALL = Object.keys(ACTS) as Act[];

const subjectOf = (column: Column, via: Subject["via"] = "session", groupId = "grp_own"): Subject => ({
  user_id: USER,
  platform_role: column === "super_admin" ? "super_admin" : "user",
  memberships: column === "super_admin" ? [] : [{ group_id: groupId, role: column, allowed_node_ids: null }],
  via,
});

/** Something in `grp_own` of the kind that the act is done to. */
const targetOf = (need: Need, shares: { group_id: string; permission: "view" | "operate" | "manage"; expires_at: null }[] = []): Target => {
  switch (need.at) {
    case "group":
      return { groupId: "grp_own" };
    case "node":
      return { node: { nodeId: "n", ownerGroupId: "grp_own", shares } };
    case "user":
      return { user: { userId: OTHER, platformRole: "user", groupIds: ["grp_own"] } };
    default:
      return undefined;
  }
};

test("every act stands in the matrix", () => {
  assert.deepEqual(Object.keys(MATRIX).toSorted(), ALL.toSorted());
});

for (const [i, column] of COLUMNS.entries()) {
  test(`a ${column} may in their own group what the matrix says, and sees what is refused`, () => {
    const verdicts = ALL.map((act) => [act, decide(act, subjectOf(column), targetOf(needOf(act)), NOW).is]);
    const expected = ALL.map((act) => [act, VERDICTS[MATRIX[act][i] ?? "?"]]);

    assert.deepEqual(verdicts, expected);
  });
}

test("nobody may what is public and nothing else", () => {
  const allowed = ALL.filter((act) => decide(act, undefined, targetOf(needOf(act)), NOW).is === "allowed");

  assert.deepEqual(new Set(allowed), PUBLIC);
});

test("things of a group that one is not in do not exist, whatever one is elsewhere", () => {
  for (const role of ["viewer", "operator", "admin"] as const) {
    for (const act of ALL) {
      const need = needOf(act);
      if (need.at === "group" || need.at === "node" || need.at === "user") {
        const verdict = decide(act, subjectOf(role, "session", "grp_else"), targetOf(need), NOW);
        assert.deepEqual([act, role, verdict], [act, role, { is: "hidden" }]);
      }
    }
  }
});

test("a share gives what the role of that name has, but never more than the person is in their own group, and never what is the owner's", () => {
  for (const act of ALL.filter((each) => needOf(each).at === "node")) {
    for (const [shared, permission] of PERMISSIONS.entries()) {
      for (const [held, role] of (["viewer", "operator", "admin"] as const).entries()) {
        const target = targetOf(needOf(act), [{ group_id: "grp_else", permission, expires_at: null }]);
        const verdict = decide(act, subjectOf(role, "session", "grp_else"), target, NOW);
        const may = MATRIX[act][Math.min(shared, held)] === "yes" && !OWNERS_ALONE.has(act);
        assert.deepEqual([act, permission, role, verdict.is], [act, permission, role, may ? "allowed" : "refused"]);
      }
    }
  }
});

test("with a share of manage one is told that it takes the owner, and not a role that one has", () => {
  const shares = [{ group_id: "grp_else", permission: "manage" as const, expires_at: null }];
  for (const act of OWNERS_ALONE) {
    const verdict = decide(act, subjectOf("admin", "session", "grp_else"), targetOf(needOf(act), shares), NOW);
    assert.deepEqual([act, verdict], [act, { is: "refused", needs: "owner" }]);
  }
});

test("a token may what its role may, but for what is a person's own", () => {
  for (const [i, column] of (["viewer", "operator", "admin"] as const).entries()) {
    for (const act of ALL) {
      const verdict = decide(act, subjectOf(column, "token"), targetOf(needOf(act)), NOW);
      const expected = PERSONS_ALONE.has(act) ? "refused" : VERDICTS[MATRIX[act][i] ?? "?"];
      assert.deepEqual([act, column, verdict.is], [act, column, expected]);
    }
  }
});

test("a token is never super admin, not even one that says so of itself", () => {
  for (const act of ALL) {
    const need = needOf(act);
    const claimed = decide(act, subjectOf("super_admin", "token"), targetOf(need), NOW);
    const nobody: Subject = { user_id: USER, platform_role: "user", memberships: [], via: "token" };
    assert.deepEqual([act, claimed], [act, decide(act, nobody, targetOf(need), NOW)]);
  }
});

test("one reads oneself, also without a group; one changes oneself by the account alone", () => {
  const self: Target = { user: { userId: USER, platformRole: "user", groupIds: [] } };
  const alone: Subject = { user_id: USER, platform_role: "user", memberships: [], via: "session" };

  assert.equal(decide("user.read", alone, self, NOW).is, "allowed");
  for (const act of ["user.update", "user.password", "user.delete"] as const) {
    assert.equal(decide(act, alone, self, NOW).is, "hidden");
  }
});

test("who is in several groups is changed by who administers all of them, and a super admin by a super admin", () => {
  const cases: [groups: string[], platform: "user" | "super_admin", roles: Record<string, MemberRole>, is: string][] = [
    [["grp_a", "grp_b"], "user", { grp_a: "admin", grp_b: "admin" }, "allowed"],
    [["grp_a", "grp_b"], "user", { grp_a: "admin" }, "refused"],
    [["grp_a", "grp_b"], "user", { grp_a: "admin", grp_b: "operator" }, "refused"],
    [["grp_a"], "super_admin", { grp_a: "admin" }, "refused"],
    [["grp_a"], "user", { grp_a: "operator" }, "hidden"],
    [["grp_b"], "user", { grp_a: "admin" }, "hidden"],
    [[], "user", { grp_a: "admin" }, "hidden"],
  ];
  for (const act of ["user.update", "user.password", "user.delete"] as const) {
    for (const [groupIds, platformRole, roles, is] of cases) {
      const memberships = Object.entries(roles).map(([group_id, role]) => ({ group_id, role, allowed_node_ids: null }));
      const subject: Subject = { user_id: USER, platform_role: "user", memberships, via: "session" };
      const verdict = decide(act, subject, { user: { userId: OTHER, platformRole, groupIds } }, NOW);
      assert.deepEqual([act, groupIds, roles, verdict.is], [act, groupIds, roles, is]);
    }
  }
});

test("what an act is done to is never guessed: without it there is nothing to see", () => {
  const wrong: Target[] = [undefined, { groupId: "grp_own" }, { user: { userId: OTHER, platformRole: "user", groupIds: ["grp_own"] } }];
  for (const target of wrong) {
    assert.equal(decideNeed({ at: "node", permission: "view" }, subjectOf("admin"), target, NOW).is, "hidden");
  }
  assert.equal(decideNeed({ at: "group", role: "viewer" }, subjectOf("admin"), undefined, NOW).is, "hidden");
  assert.equal(decideNeed({ at: "user" }, subjectOf("admin"), { groupId: "grp_own" }, NOW).is, "hidden");
});
