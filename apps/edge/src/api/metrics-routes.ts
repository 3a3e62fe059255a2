import { z } from "zod";
import { METRICS_TYPE } from "../metrics-text.ts";
import { renderMetrics } from "../metrics.ts";
import { totalFlows } from "./status-views.ts";
import type { Api, ApiContext } from "./context.ts";

/** The page that Prometheus reads. Reading it asks no lane. */
export const metricsRoutes = (api: Api, context: ApiContext): void => {
  const schema = { tags: ["status"], summary: "Counters and gauges for Prometheus", response: { 200: z.string() } };
  api.get("/metrics", { config: { access: "metrics" }, schema }, async (_request, reply) => {
    const system = context.system();
    reply.type(METRICS_TYPE);
    return renderMetrics(context.sample(), context.store.config, {
      version: context.version,
      uptimeSecs: context.uptimeSecs(),
      totalFlows: totalFlows(context.store),
      nowMs: Date.now(),
      declarations: context.declarations,
      events: context.events.counts,
      ...(system === undefined ? {} : { system }),
    });
  });
};
