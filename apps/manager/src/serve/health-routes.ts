import type { FastifyInstance } from "fastify";
import type { Database } from "../database/database.ts";

export type HealthSource = {
  readonly database: Database;
  readonly version: string;
  readonly instanceId: string;
  readonly region: string;
  readonly isSelfSigned: boolean;
  /** Whether notifications of other instances come in. */
  readonly hears: () => boolean;
};

/** Whether it lives and whether it can do its work, for load balancers. Public, so it says nothing that is not everybody's business. */
export const healthRoutes = (server: FastifyInstance, source: HealthSource): void => {
  const body = { service: "bilbycast-manager", version: source.version, self_signed_cert: source.isSelfSigned };
  const ready = async (): Promise<{ isReady: boolean; checks: Record<string, string> }> => {
    const database = await source.database.isReachable();
    const notifications = source.hears();
    return {
      isReady: database && notifications,
      checks: { database: database ? "ok" : "unreachable", notifications: notifications ? "ok" : "disconnected" },
    };
  };
  server.get("/health/live", () => ({ status: "ok", ...body }));
  for (const path of ["/health", "/health/ready"]) {
    server.get(path, async (_request, reply) => {
      const { isReady, checks } = await ready();
      return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ok" : "not_ready", ...body, checks });
    });
  }
};
