import swagger from "@fastify/swagger";
import fastify, { type FastifyBaseLogger } from "fastify";
import { createJsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { guardAccess, guardedRoutes } from "./access.ts";
import { configRoutes } from "./config-routes.ts";
import { boundConnections, SERVER_LIMITS, type ServerLimits } from "@bilbycast/service/http";
import type { Api, ApiContext } from "./context.ts";
import { answerErrors } from "./errors.ts";
import { flowRoutes } from "./flow-routes.ts";
import { groupRoutes } from "./group-routes.ts";
import { boundBodies, hardenAnswers, httpOptions } from "./http-options.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { monitorRoutes } from "./monitor-routes.ts";
import { completeDocument, SECURITY_SCHEMES } from "./openapi.ts";
import { partRoutes } from "./part-routes.ts";
import { setupRoutes } from "./setup-routes.ts";
import { serveSockets, type ReaderSocket } from "./reader-socket.ts";
import { socketRoutes } from "./stats-socket.ts";
import { statusRoutes } from "./status-routes.ts";
import { thumbnailRoutes } from "./thumbnail-routes.ts";
import { thumbnailSocketRoutes } from "./thumbnail-socket.ts";
import type { Identity } from "@bilbycast/service/tls";
import { tokenRoutes } from "./token-routes.ts";

export type ServerOptions = {
  limits?: ServerLimits;
  /** Makes it HTTPS. */
  identity?: Identity | undefined;
  sockets?: readonly ReaderSocket[];
};

/** The REST API, not listening yet. */
export const apiServer = async (context: ApiContext, log: FastifyBaseLogger, options: ServerOptions = {}): Promise<Api> => {
  const server = guardedServer(context, log, options);
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "bilbycast edge",
        description: "Controls one edge: its configuration, its flows, what they do.",
        version: context.version,
      },
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    transform: createJsonSchemaTransform({ skipList: [] }),
    transformObject: jsonSchemaTransformObject,
  });
  // Routes stand in plugins: the page of the API sees only what is registered after it is ready.
  await server.register(async (routes) => {
    const api = routes.withTypeProvider<ZodTypeProvider>();
    statusRoutes(api, context);
    metricsRoutes(api, context);
    socketRoutes(api);
    thumbnailRoutes(api, context);
    thumbnailSocketRoutes(api);
    configRoutes(api, context);
    flowRoutes(api, context);
    groupRoutes(api, context);
    partRoutes(api, context);
    setupRoutes(api, context);
    let document: Record<string, unknown> | undefined;
    api.get("/api/v1/openapi.json", { config: { describes: true }, schema: { tags: ["config"], summary: "This description" } }, () => {
      document ??= completeDocument({ ...server.swagger() }, guardedRoutes(server));
      return document;
    });
  });
  // By itself, since its form bodies are for no other route.
  await server.register(async (routes) => tokenRoutes(routes.withTypeProvider<ZodTypeProvider>(), context));
  return server;
};

/** The monitor page on its own port: the page, what it reads, and where it gets its token. Nothing there changes anything. */
export const monitorServer = async (context: ApiContext, log: FastifyBaseLogger, options: ServerOptions = {}): Promise<Api> => {
  const server = guardedServer(context, log, options);
  await server.register(async (routes) => {
    const api = routes.withTypeProvider<ZodTypeProvider>();
    monitorRoutes(api);
    statusRoutes(api, context);
    socketRoutes(api);
    thumbnailRoutes(api, context);
    thumbnailSocketRoutes(api);
  });
  await server.register(async (routes) => tokenRoutes(routes.withTypeProvider<ZodTypeProvider>(), context));
  return server;
};

const guardedServer = (context: ApiContext, log: FastifyBaseLogger, options: ServerOptions): Api => {
  const limits = options.limits ?? SERVER_LIMITS;
  const server = fastify(httpOptions(log, limits, options.identity)).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  boundConnections(server.server, limits);
  if (options.sockets !== undefined) {
    serveSockets(server.server, options.sockets);
  }
  answerErrors(server);
  hardenAnswers(server);
  boundBodies(server);
  guardAccess(server, context);
  return server;
};
