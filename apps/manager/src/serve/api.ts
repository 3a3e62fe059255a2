import type { FastifyInstance } from "fastify";
import type { App } from "../app.ts";
import { authRoutes } from "../auth/routes.ts";
import { groupRoutes } from "../groups/routes.ts";
import { openApiDocument } from "../http/openapi.ts";
import { peopleRoutes } from "../people/routes.ts";
import { recordRoutes } from "../records/routes.ts";

/** Everything below /api/v1. */
export const apiRoutes = async (
  server: FastifyInstance,
  appOf: (api: FastifyInstance) => App,
  more: readonly ((app: App) => void)[] = [],
): Promise<void> => {
  await server.register(
    async (api) => {
      const app = appOf(api);
      authRoutes(app);
      peopleRoutes(app);
      groupRoutes(app);
      recordRoutes(app);
      for (const routes of more) {
        routes(app);
      }
      describeRoute(app);
      reportRoute(app);
    },
    { prefix: "/api/v1" },
  );
};

/** Only to who is logged in: it tells a stranger what to try. */
const describeRoute = (app: App): void => {
  let text: string | undefined;
  app.api.get("/openapi.json", async (request, reply) => {
    await app.requireCaller(request);
    text ??= JSON.stringify(openApiDocument(app.version));
    return reply.type("application/json").send(text);
  });
};

/** Browsers tell when a page wanted what its policy forbids; a line in the log, at most a few a minute. */
const reportRoute = (app: App): void => {
  const MOST_PER_MINUTE = 10;
  let left = MOST_PER_MINUTE;
  let minute = 0;
  app.api.addContentTypeParser(
    ["application/csp-report", "application/reports+json"],
    { parseAs: "string", bodyLimit: 8_192 },
    (_request, body, done) => done(null, body),
  );
  app.api.post("/csp-report", (request, reply) => {
    const now = Math.floor(Date.now() / 60_000);
    left = now === minute ? left : MOST_PER_MINUTE;
    minute = now;
    if (left > 0) {
      left -= 1;
      request.log.warn(
        { report: (typeof request.body === "string" ? request.body : JSON.stringify(request.body)).slice(0, 2_000) },
        "a page of the console wanted what its policy forbids",
      );
    }
    return reply.code(204).send();
  });
};
