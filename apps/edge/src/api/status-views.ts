import type { FlowStats, Health } from "@bilbycast/contracts/edge-api";
import { allFlowStats } from "../flow-stats.ts";
import type { LinkState } from "../node-link/link-state.ts";
import { resourceBudget } from "../resource-budget.ts";
import type { SystemState } from "../system-watch.ts";
import { brokenFlowStats } from "./config-view.ts";
import type { ApiContext, EdgeContext } from "./context.ts";

/** Every flow: those that run or could, then those of the file that are broken. */
export const statsView = ({ sample, store }: EdgeContext): FlowStats[] => [
  ...allFlowStats(store.config, sample(), Date.now()),
  ...brokenFlowStats(store),
];

/** Flows of the configuration, those that are broken among them. */
export const totalFlows = ({ broken, config }: EdgeContext["store"]): number =>
  config.flows.length + broken.filter(({ kind }) => kind === "flow").length;

/** The node as a whole, in a few numbers. */
export const systemOf = ({ sample, store, uptimeSecs, version }: EdgeContext) => ({
  uptime_secs: uptimeSecs(),
  total_flows: totalFlows(store),
  active_flows: sample().snapshot.flows.length,
  version,
});

/** What the edge can do, for those who hide what it cannot. */
const capabilitiesOf = ({ declarations }: Pick<EdgeContext, "declarations">): string[] =>
  [
    ...new Set([
      "config-schema",
      "media-library",
      "optional-input",
      "resources",
      "thumbnails",
      "thumbnail-preview",
      ...declarations.flatMap((declaration) => declaration.capabilities ?? []),
    ]),
  ].toSorted();

/** How the edge is. An anonymous caller learns that it lives, not how it is set up. */
export const healthView = (context: ApiContext, { isAnonymous }: { isAnonymous: boolean }): Health => {
  const { store } = context;
  return {
    status: "ok",
    ...systemOf(context),
    api_addr: context.apiAddress(),
    ...(context.monitorAddress() === undefined ? {} : { monitor_addr: context.monitorAddress() }),
    ...(isAnonymous ? {} : { warnings: context.warnings(), broken: store.broken.map((entry) => ({ ...entry })), ...budgetOf(context) }),
    ...(store.config.node_id === undefined ? {} : { node_id: store.config.node_id }),
    ...(store.config.device_name === undefined ? {} : { device_name: store.config.device_name }),
    ...managerOf(context.manager(), isAnonymous),
    capabilities: capabilitiesOf(context),
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
  };
};

const managerOf = (link: LinkState | undefined, isAnonymous: boolean): Pick<Health, "manager"> =>
  link === undefined ? {} : { manager: isAnonymous ? { state: link.state } : link };

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
