import swagger from "@fastify/swagger";
import fastify, { LogController, type FastifyBaseLogger } from "fastify";
import { createJsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { configRoutes } from "./config-routes.ts";
import type { Api, ApiContext } from "./context.ts";
import { answerErrors } from "./errors.ts";
import { flowRoutes } from "./flow-routes.ts";
import { guardOrigin } from "./origin-guard.ts";
import { partRoutes } from "./part-routes.ts";
import { statusRoutes } from "./status-routes.ts";

/** Bytes of the largest body that is read. */
const BODY_LIMIT = 1_048_576;

/** The REST API, not listening yet. */
export const apiServer = async (context: ApiContext, log: FastifyBaseLogger): Promise<Api> => {
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  answerErrors(server);
  guardOrigin(server, () => context.store.config.server.allowed_hosts ?? []);
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "bilbycast edge",
        description: "Controls one edge: its configuration, its flows, what they do.",
        version: context.version,
      },
    },
    transform: createJsonSchemaTransform({ skipList: ["/api/v1/openapi.json"] }),
    transformObject: jsonSchemaTransformObject,
  });
  // Routes stand in a plugin: the page of the API sees only what is registered after it is ready.
  await server.register(async (routes) => {
    const api = routes.withTypeProvider<ZodTypeProvider>();
    statusRoutes(api, context);
    configRoutes(api, context);
    flowRoutes(api, context);
    partRoutes(api, context);
  });
  server.get("/api/v1/openapi.json", () => server.swagger());
  return server;
};
