import {
  eventListSchema,
  eventQuery,
  failureSchema,
  flowParams,
  flowStatsSchema,
  healthSchema,
  statsSchema,
  success,
  type FlowStats,
} from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { allFlowStats } from "../flow-stats.ts";
import { resourceBudget } from "../resource-budget.ts";
import type { SystemState } from "../system-watch.ts";
import { isAnonymous } from "./access.ts";
import { brokenFlowStats } from "./config-view.ts";
import type { Api, ApiContext, EdgeContext } from "./context.ts";

const tags = ["status"];

/** Every flow: those that run or could, then those of the file that are broken. */
export const statsView = ({ sample, store }: EdgeContext): FlowStats[] => [
  ...allFlowStats(store.config, sample(), Date.now()),
  ...brokenFlowStats(store),
];

/** What the edge is doing: health, stats, events. Reading never asks a lane. */
export const statusRoutes = (api: Api, context: ApiContext): void => {
  healthRoute(api, context);
  statsRoutes(api, context);
};

/** Flows of the configuration, those that are broken among them. */
export const totalFlows = ({ broken, config }: EdgeContext["store"]): number =>
  config.flows.length + broken.filter(({ kind }) => kind === "flow").length;

const systemOf = ({ sample, store, uptimeSecs, version }: EdgeContext) => ({
  uptime_secs: uptimeSecs(),
  total_flows: totalFlows(store),
  active_flows: sample().snapshot.flows.length,
  version,
});

const healthRoute = (api: Api, context: ApiContext): void => {
  const { declarations, store } = context;
  const capabilities = [
    ...new Set([
      "optional-input",
      "resources",
      "thumbnails",
      "thumbnail-preview",
      ...declarations.flatMap((declaration) => declaration.capabilities ?? []),
    ]),
  ].toSorted();
  api.get(
    "/health",
    {
      config: { access: "metrics" },
      schema: { summary: "How the edge is, without a token unless public_metrics is false", tags, response: { 200: healthSchema } },
    },
    (request) => ({
      status: "ok" as const,
      ...systemOf(context),
      api_addr: context.apiAddress(),
      ...(context.monitorAddress() === undefined ? {} : { monitor_addr: context.monitorAddress() }),
      ...(isAnonymous(request)
        ? {}
        : { warnings: context.warnings(), broken: store.broken.map((entry) => ({ ...entry })), ...budgetOf(context) }),
      ...(store.config.node_id === undefined ? {} : { node_id: store.config.node_id }),
      ...(store.config.device_name === undefined ? {} : { device_name: store.config.device_name }),
      capabilities,
      restarts: context.restarts,
      backend: context.backend,
      ...resourcesOf(context.system()),
      lanes: context.sample().snapshot.lanes.map((lane) => ({
        lane: lane.lane,
        backend: lane.backend,
        tick_us: lane.tick,
        capabilities: { ...lane.capabilities },
        counters: { ...lane.counters },
      })),
    }),
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

const budgetOf = ({ sample }: EdgeContext) => {
  const budget = resourceBudget(sample().snapshot);
  return budget === undefined ? {} : { resource_budget: budget };
};

const resourcesOf = (system: SystemState | undefined) =>
  system === undefined
    ? {}
    : {
        system_resources: {
          cpu_percent: system.cpuPercent,
          ram_percent: system.ramPercent,
          ram_used_bytes: system.ramUsedBytes,
          ram_total_bytes: system.ramTotalBytes,
          critical: system.critical,
        },
      };
