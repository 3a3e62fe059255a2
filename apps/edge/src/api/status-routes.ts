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
import { allFlowStats } from "../flow-stats.ts";
import type { Api, ApiContext } from "./context.ts";

const tags = ["status"];

/** What the edge is doing: health, stats, events. Reading never asks a lane. */
export const statusRoutes = (api: Api, context: ApiContext): void => {
  const { declarations, events, store } = context;
  const capabilities = [
    ...new Set(["optional-input", ...declarations.flatMap((declaration) => declaration.capabilities ?? [])]),
  ].toSorted();
  const systemOf = () => ({
    uptime_secs: context.uptimeSecs(),
    total_flows: store.config.flows.length,
    active_flows: context.sample().snapshot.flows.length,
    version: context.version,
  });
  api.get("/health", { schema: { tags, response: { 200: healthSchema } } }, () => ({
    status: "ok" as const,
    ...systemOf(),
    api_addr: context.apiAddress(),
    ...(store.config.node_id === undefined ? {} : { node_id: store.config.node_id }),
    ...(store.config.device_name === undefined ? {} : { device_name: store.config.device_name }),
    capabilities,
    restarts: context.restarts,
    backend: context.backend,
    lanes: context.sample().snapshot.lanes.map((lane) => ({
      lane: lane.lane,
      backend: lane.backend,
      tick_us: lane.tick,
      capabilities: { ...lane.capabilities },
      counters: { ...lane.counters },
    })),
  }));
  const statsOf = () => allFlowStats(store.config, context.sample(), Date.now());
  api.get("/api/v1/stats", { schema: { tags, response: { 200: success(statsSchema) } } }, () => ({
    success: true as const,
    data: { system: systemOf(), flows: statsOf() },
  }));
  api.get(
    "/api/v1/stats/:flow_id",
    { schema: { tags, params: flowParams, response: { 200: success(flowStatsSchema), "4xx": failureSchema } } },
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
    { schema: { tags, querystring: eventQuery, response: { 200: success(eventListSchema), "4xx": failureSchema } } },
    (request) => ({
      success: true as const,
      data: { events: events.after(request.query.after, request.query.limit), dropped: events.dropped },
    }),
  );
};
