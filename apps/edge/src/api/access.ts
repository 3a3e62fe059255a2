import type { IncomingHttpHeaders } from "node:http";
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from "fastify";
import type { Role } from "@bilbycast/contracts/edge-api";
import { authOf, type Authentication } from "../auth/auth-settings.ts";
import { admit, type Access } from "../auth/caller.ts";
import { secretNames } from "../secret-names.ts";
import type { ApiContext } from "./context.ts";
import { assertOrigin } from "./origin-guard.ts";
import { withoutSecretFields } from "./secret-view.ts";

/** A route that is registered, and who may call it. */
export type GuardedRoute = { method: string; url: string; access: Access };

declare module "fastify" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- Fastify's own type is widened by merging with it
  interface FastifyContextConfig {
    /** Who may call the route, where the rule of its method is not right: reading is for every role, the rest for administrators. */
    access?: Access;
    /** True where pages of other sites are refused even when the API asks for a token. */
    sameOrigin?: boolean;
    /** True where an answer describes fields and holds none: the names of credentials are for everybody. */
    describes?: boolean;
  }
}

const routesByServer = new WeakMap<object, GuardedRoute[]>();

/** Every route of a server, the ones that Fastify adds by itself among them. */
export const guardedRoutes = (server: object): readonly GuardedRoute[] => routesByServer.get(server) ?? [];

const anonymous = new WeakSet<FastifyRequest>();

/** True for a caller who was let in without a token where others show one: he learns that the edge lives, not how it is set up. */
export const isAnonymous = (request: FastifyRequest): boolean => anonymous.has(request);

/**
 * Judges every request before its body is read: origin, token, role. A route cannot be forgotten, since the rule of its method
 * holds for one that says nothing. What a caller who is no administrator is answered passes through one place that drops secrets.
 */
export const guardAccess = (server: FastifyInstance, context: Pick<ApiContext, "store" | "declarations">): void => {
  const routes: GuardedRoute[] = [];
  const roles = new WeakMap<FastifyRequest, Role>();
  const secrets = secretNames(context.declarations);
  routesByServer.set(server, routes);
  server.addHook("onRoute", (route) => {
    for (const method of [route.method].flat()) {
      routes.push({ method, url: route.url, access: accessOf(method, route.config) });
    }
  });
  server.addHook("onRequest", async (request) => {
    const { server: settings } = context.store.config;
    const auth = authOf(settings);
    const { config } = request.routeOptions;
    if (auth === "open" || config.sameOrigin === true) {
      assertOrigin(request.headers, settings.allowed_hosts ?? []);
    }
    if (!request.is404) {
      const access = accessOf(request.method, config);
      const nowSecs = Date.now() / 1_000;
      roles.set(request, admit(request.headers, access, auth, nowSecs).role);
      if (access === "metrics" && !wouldAdmit(request.headers, auth, nowSecs)) {
        anonymous.add(request);
      }
    }
  });
  // A body may take half a minute, in which a token can end and a client be removed.
  server.addHook("preHandler", async (request) => {
    const access = accessOf(request.method, request.routeOptions.config);
    if (access === "admin" && !request.is404) {
      admit(request.headers, access, authOf(context.store.config.server), Date.now() / 1_000);
    }
  });
  server.addHook("preSerialization", async (request, reply, payload) => {
    const { config } = request.routeOptions;
    if (roles.get(request) !== "monitor" || accessOf(request.method, config) === "public" || config.describes === true) {
      return payload;
    }
    // What is missing now may be something that the schema of an administrator's answer requires.
    reply.serializer((value) => JSON.stringify(value));
    return withoutSecretFields(payload, secrets);
  });
};

const wouldAdmit = (headers: IncomingHttpHeaders, auth: Authentication, nowSecs: number): boolean => {
  try {
    admit(headers, "any", auth, nowSecs);
    return true;
  } catch {
    return false;
  }
};

const accessOf = (method: string, config: FastifyContextConfig | undefined): Access =>
  config?.access ?? (method === "GET" || method === "HEAD" ? "any" : "admin");
