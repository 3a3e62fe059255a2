import {
  decide,
  decideNeed,
  needOf,
  type AnswerOf,
  type Endpoint,
  type NodeObject,
  type Target,
  type Verdict,
} from "@bilbycast/contracts/manager-api";
import { isFault } from "@bilbycast/foundation/fault";
import { isSameSecret } from "@bilbycast/service/secrets";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Callers } from "../access/callers.ts";
import type { Caller } from "../access/caller.ts";
import { groupOf, userObject } from "../access/targets.ts";
import type { Database } from "../database/database.ts";
import type { LookTogether } from "../database/look-together.ts";
import type { Vault } from "../vault/vault.ts";
import { SESSION_COOKIE } from "./cookies.ts";
import { notFound, refusal } from "./faults.ts";
import { isSameSite, originOf, type Trust } from "./origin.ts";
import type { Asked } from "./request-context.ts";

/** What every route is served with. */
export type Front = {
  readonly database: Database;
  readonly callers: Callers;
  readonly vault: Vault;
  readonly trusts: Trust;
  /** Nodes as far as access goes. */
  readonly nodes: LookTogether<NodeObject>;
};

export type Handler<E extends Endpoint> = (asked: Asked<E>) => Promise<AnswerOf<E>> | AnswerOf<E>;

/** Before a password is changed that somebody else has set, these alone may be done. */
const WITH_OLD_PASSWORD: ReadonlySet<string> = new Set(["account.read", "account.password", "auth.logout"]);

/** What a handler says of a reply that is the one that the caller has already. */
const NOT_MODIFIED = 304;

/** What changes who may do what, or whether somebody is still logged in. */
const CHANGES_ACCESS = /^(auth|account|session|token|user|group|member)\.|^node\.(create|share|transfer|delete)$/;

/**
 * Serves an endpoint in the one order that tells nobody more than they may know: who asks, whether the request is theirs (CSRF), what it is
 * about and whether they may, and only then whether it is well formed.
 */
export const serveEndpoint = <E extends Endpoint>(api: FastifyInstance, front: Front, endpoint: E, handler: Handler<E>): void => {
  api.route({
    method: endpoint.method,
    url: endpoint.path,
    ...(endpoint.bodyLimit === undefined ? {} : { bodyLimit: endpoint.bodyLimit }),
    // All is decided before the body is read: whoever may not ask costs no more than the headers, and is not told how to ask well.
    onRequest: async (request) => {
      const caller = await admit(front, endpoint, request);
      const isNamedInBody = isOfBody(endpoint);
      admitted.set(request, { caller, target: isNamedInBody ? undefined : await judgedTarget(front, endpoint, caller, request) });
    },
    ...(isOfBody(endpoint) ? { errorHandler: (error, request) => refuseUnread(endpoint, request, error) } : {}),
    handler: async (request, reply) => {
      const asked = await understand(front, endpoint, request, reply);
      const answer = await handler(asked);
      if (endpoint.method !== "GET" && CHANGES_ACCESS.test(endpoint.act)) {
        // Other instances are told by a message; here the next request is judged anew.
        front.callers.forget();
      }
      if (reply.statusCode === NOT_MODIFIED) {
        return reply.send();
      }
      void reply.code(endpoint.status);
      return endpoint.status === 204 ? reply.send() : endpoint.mediaType === undefined ? endpoint.answer.parse(answer) : answer;
    },
  });
};

/** Throws unless somebody is logged in who may read their own account. */
export const requireCaller = async (front: Front, request: FastifyRequest): Promise<Caller> => {
  const caller = await admit(front, { method: "GET", act: "api.describe" }, request);
  if (caller === undefined) {
    throw refusal("auth_missing", "The request carries no session and no token");
  }
  return caller;
};

/** Who made a request and what it is about, from its headers on. */
const admitted = new WeakMap<FastifyRequest, { caller: Caller | undefined; target: Target }>();

const isOfBody = ({ target }: Pick<Endpoint, "target">): boolean =>
  target !== undefined && target !== "each" && "group" in target && target.group === "body";

const admit = async (front: Front, endpoint: Pick<Endpoint, "method" | "act">, request: FastifyRequest): Promise<Caller | undefined> => {
  const session = request.cookies[SESSION_COOKIE];
  const bearer = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const isPublic = decide(endpoint.act, undefined, undefined, "").is === "allowed";
  const changes = endpoint.method !== "GET";
  if (changes && !isSameSite(request.raw)) {
    throw refusal("csrf_refused", "The request comes from a page of another site");
  }
  if (isPublic) {
    return undefined;
  }
  // A bearer goes before a cookie: browsers add cookies by themselves, bearers are meant.
  const caller = await front.callers.of(bearer === undefined ? { session } : { bearer });
  if (caller === undefined) {
    throw session === undefined && bearer === undefined
      ? refusal("auth_missing", "The request carries no session and no token")
      : refusal("auth_invalid", "The session or token has ended");
  }
  if (changes && bearer === undefined && !hasCsrfToken(front, caller, request)) {
    throw refusal("csrf_refused", "X-CSRF-Token is missing or is not that of the session");
  }
  if (caller.mustChangePassword && !WITH_OLD_PASSWORD.has(endpoint.act)) {
    throw refusal("password_change_required", "Change the password first");
  }
  return caller;
};

const hasCsrfToken = ({ vault }: Front, { sessionId = "" }: Caller, { headers }: FastifyRequest): boolean => {
  const given = headers["x-csrf-token"];
  return typeof given === "string" && isSameSecret(given, vault.fingerprint("csrf", sessionId));
};

const understand = async <E extends Endpoint>(
  front: Front,
  endpoint: E,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Asked<E>> => {
  const { caller, target: known } = admitted.get(request) ?? {};
  const target = isOfBody(endpoint) ? await judgedTarget(front, endpoint, caller, request) : known;
  return {
    params: read(endpoint.params, request.params, "path"),
    query: read(endpoint.query, request.query, "query"),
    body: read(endpoint.body, request.body ?? undefined, "body"),
    caller,
    origin: originOf(request.raw, front.trusts),
    target,
    version: endpoint.isVersioned === true ? versionOf(request.headers["if-match"]) : undefined,
    reply,
  } as Asked<E>;
};

/** What the request is about, where the caller may do that to it. */
const judgedTarget = async (front: Front, endpoint: Endpoint, caller: Caller | undefined, request: FastifyRequest): Promise<Target> => {
  if (endpoint.target === "each") {
    // The handler judges each by itself.
    return undefined;
  }
  const target = await targetOf(front, endpoint, caller, request);
  judge(decide(endpoint.act, caller?.subject, target, new Date().toISOString()));
  if (target === undefined && endpoint.target !== undefined) {
    throw notFound();
  }
  return target;
};

/** Whoever may do this to no group at all is told so, and not what is wrong with a body that names none. */
const judgeInAnyGroup = ({ act }: Endpoint, caller: Caller | undefined): void => {
  const need = needOf(act);
  if (need.at === "group") {
    judge(decideNeed({ at: "any_group", role: need.role }, caller?.subject, undefined, ""));
  }
};

/** A body that could not be read names no group. */
const refuseUnread = (endpoint: Endpoint, request: FastifyRequest, error: unknown): never => {
  const asker = admitted.get(request);
  if (asker !== undefined && (!isFault(error) || error.code === "request_malformed")) {
    judgeInAnyGroup(endpoint, asker.caller);
  }
  throw error;
};

/** Turns what was decided into the answer that it gets. */
export const judge = (verdict: Verdict): void => {
  switch (verdict.is) {
    case "allowed":
      return;
    case "hidden":
      throw notFound();
    case "refused":
      throw refusal("insufficient_role", SENTENCES[verdict.needs], { required_role: verdict.needs });
  }
};

const SENTENCES: Readonly<Record<(Verdict & { is: "refused" })["needs"], string>> = {
  viewer: "It takes the role viewer",
  operator: "It takes the role operator there",
  admin: "It takes the role admin there",
  super_admin: "It takes a super admin",
  owner: "It takes the role admin in the group that owns it; a share is not enough",
  person: "A person does this, not a token",
};

const targetOf = async (
  { database, nodes }: Front,
  endpoint: Endpoint,
  caller: Caller | undefined,
  request: FastifyRequest,
): Promise<Target> => {
  const { target } = endpoint;
  if (target === undefined || target === "each") {
    return undefined;
  }
  const params = request.params as Readonly<Record<string, string>>;
  if ("node" in target) {
    const node = await nodes.find(params["node_id"] ?? "");
    return node === undefined ? undefined : { node };
  }
  if ("user" in target) {
    const user = await userObject(database.queries, params["user_id"] ?? "");
    return user === undefined ? undefined : { user };
  }
  if (!("group" in target)) {
    const [what, id] = "preset" in target ? (["preset", params["preset_id"]] as const) : (["page", params["page_id"]] as const);
    const groupId = await groupOf(database.queries, what, id ?? "");
    return groupId === undefined ? undefined : { groupId };
  }
  const named = target.group === "params" ? params["group_id"] : (request.body as Record<string, unknown> | null)?.["group_id"];
  if (typeof named !== "string") {
    judgeInAnyGroup(endpoint, caller);
    throw refusal("group_required", "group_id must say for which group it is", { field: "body.group_id" });
  }
  return { groupId: named };
};

const read = (schema: z.ZodType, value: unknown, where: string): unknown => {
  const { success, data, error } = schema.safeParse(value);
  if (success) {
    return data;
  }
  const problems = error.issues.slice(0, 50).map(({ code, message, path }) => ({ path: pathOf(where, path), code, message }));
  throw refusal(
    "request_malformed",
    problems
      .map((problem) => `${problem.path}: ${problem.message}`)
      .join("; ")
      .slice(0, 1_000),
    { field: problems[0]?.path, problems },
  );
};

const pathOf = (where: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, step) => (typeof step === "number" ? `${text}[${step}]` : `${text}.${String(step)}`), where);

const versionOf = (header: string | undefined): number | undefined => {
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header ?? "");
  return match?.[1] === undefined ? undefined : Number(match[1]);
};
