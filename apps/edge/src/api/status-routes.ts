import {
  eventListSchema,
  eventQuery,
  failureSchema,
  flowParams,
  flowStatsSchema,
  healthSchema,
  statsSchema,
  success,
} from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { isAnonymous } from "./access.ts";
import type { Api, ApiContext } from "./context.ts";
import { healthView, statsView, systemOf } from "./status-views.ts";

const tags = ["status"];

/** What the edge is doing: health, stats, events. Reading never asks a lane. */
export const statusRoutes = (api: Api, context: ApiContext): void => {
  healthRoute(api, context);
  statsRoutes(api, context);
};

const healthRoute = (api: Api, context: ApiContext): void => {
  api.get(
    "/health",
    {
      config: { access: "metrics" },
      schema: { summary: "How the edge is, without a token unless public_metrics is false", tags, response: { 200: healthSchema } },
    },
    (request) => healthView(context, { isAnonymous: isAnonymous(request) }),
  );
};

const statsRoutes = (api: Api, context: ApiContext): void => {
  const { events } = context;
  const statsOf = () => statsView(context);
  api.get("/api/v1/stats", { schema: { summary: "Statistics of every flow", tags, response: { 200: success(statsSchema) } } }, () => ({
    success: true as const,
    data: { system: systemOf(context), flows: statsOf() },
  }));
  api.get(
    "/api/v1/stats/:flow_id",
    {
      schema: {
        summary: "Statistics of one flow",
        tags,
        params: flowParams,
        response: { 200: success(flowStatsSchema), "4xx": failureSchema },
      },
    },
    (request) => {
      const id = request.params.flow_id;
      const stats = statsOf().find((flow) => flow.flow_id === id);
      if (stats === undefined) {
        throw new Fault("flow_not_found", `There is no flow "${id}"`, { details: { flow_id: id } });
      }
      return { success: true as const, data: stats };
    },
  );
  api.get(
    "/api/v1/events",
    {
      schema: {
        summary: "Events behind a sequence number",
        tags,
        querystring: eventQuery,
        response: { 200: success(eventListSchema), "4xx": failureSchema },
      },
    },
    (request) => ({
      success: true as const,
      data: { events: events.after(request.query.after, request.query.limit), dropped: events.dropped },
    }),
  );
};
