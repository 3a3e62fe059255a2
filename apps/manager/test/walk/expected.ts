import { decide, decideNeed, ENDPOINTS, needOf, type Endpoint, type Subject, type Target } from "@bilbycast/contracts/manager-api";
import { GROUPS, subjectOf, type Caller } from "./callers.ts";
import { EXAMPLES } from "./examples.ts";
import type { At } from "./world.ts";

/** What an answer must be: status and, where it refuses, code and what it says that it takes. */
export type Expected = { status: number; code?: string; needs?: string };

const WITH_OLD_PASSWORD: ReadonlySet<string> = new Set(["account.read", "account.password", "auth.logout"]);

const targetOf = ({ target, act }: Endpoint, at: At): Target => {
  if (target === undefined || target === "each") {
    // A list of things is judged thing by thing: the request itself is anybody's who is logged in.
    return needOf(act).at === "node" ? { node: at.world.nodeObject(at.nodeId) } : undefined;
  }
  if ("node" in target) {
    return { node: at.world.nodeObject(at.nodeId) };
  }
  return "user" in target ? { user: at.world.userObject(at.userId) } : { groupId: GROUPS.north };
};

/** What the answer to the example must be, by the one function that decides. */
export const expectedOf = (at: At, caller: Caller, into: string | null = EXAMPLES[at.endpoint].into ?? null): Expected => {
  const endpoint: Endpoint = ENDPOINTS[at.endpoint];
  const done: Expected = { status: EXAMPLES[at.endpoint].answers ?? endpoint.status };
  const subject = subjectOf(caller, at.world.userIdOf(caller));
  if (needOf(endpoint.act).at === "public") {
    return done;
  }
  if (subject === undefined) {
    return { status: 401, code: caller.via === "nobody" ? "auth_missing" : "auth_invalid" };
  }
  if (caller.state === "must_change_password" && !WITH_OLD_PASSWORD.has(endpoint.act)) {
    return { status: 403, code: "password_change_required" };
  }
  const now = new Date().toISOString();
  const verdict =
    endpoint.target === "each"
      ? decideNeed({ at: "session" }, subject, undefined, now)
      : decide(endpoint.act, subject, targetOf(endpoint, at), now);
  const both = verdict.is === "allowed" && into !== null ? decide("node.create", subject, { groupId: into }, now) : verdict;
  switch (both.is) {
    case "allowed":
      return EXAMPLES[at.endpoint].operates === true && !mayOperate(at, subject, now) ? { status: 409, code: "take_blocked" } : done;
    case "hidden":
      return { status: 404, code: "not_found" };
    case "refused":
      return { status: 403, code: "insufficient_role", needs: both.needs };
  }
};

const mayOperate = ({ world }: At, subject: Subject, now: string): boolean =>
  decide("node.command", subject, { node: world.nodeObject(world.liveNodeId) }, now).is === "allowed";

/** The same when the body is not one: who could name a group for which they may is told that it is wrong, and nobody else is. */
export const expectedOfMalformed = (at: At, caller: Caller): Expected => {
  const endpoint: Endpoint = ENDPOINTS[at.endpoint];
  // What the body names besides is judged when the body is known.
  const known = expectedOf(at, caller, null);
  const expected = known.code === "take_blocked" ? { status: endpoint.status } : known;
  const subject = subjectOf(caller, at.world.userIdOf(caller));
  const need = needOf(endpoint.act);
  const isOfBody = typeof endpoint.target === "object" && "group" in endpoint.target && endpoint.target.group === "body";
  if (!isOfBody || expected.status === 401 || expected.code === "password_change_required" || need.at !== "group") {
    return expected;
  }
  const verdict = decideNeed({ at: "any_group", role: need.role }, subject, undefined, "");
  return verdict.is === "refused" ? { status: 403, code: "insufficient_role", needs: verdict.needs } : { status: endpoint.status };
};

export const isAllowed = ({ code }: Expected): boolean => code === undefined;
