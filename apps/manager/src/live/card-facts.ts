import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { FLOW_HEALTHS, type FlowSummary } from "../drivers/driver.ts";
import type { NodeState } from "../node-link/node-states.ts";

/** What of a card the node itself told. */
export type CardFacts = Pick<
  NodeCard,
  | "stats_at"
  | "uptime_secs"
  | "cpu_percent"
  | "ram_percent"
  | "bitrate_in_bps"
  | "bitrate_out_bps"
  | "active_flows"
  | "total_flows"
  | "worst_health"
  | "metrics"
  | "pictures"
>;

/** Pictures that one card names. */
const MOST_PICTURES = 32;

export const NO_FACTS: CardFacts = {
  stats_at: null,
  uptime_secs: null,
  cpu_percent: null,
  ram_percent: null,
  bitrate_in_bps: null,
  bitrate_out_bps: null,
  active_flows: null,
  total_flows: null,
  worst_health: null,
  metrics: [],
  pictures: [],
};

export const factsOf = ({ summary, statsAt, pictures }: Pick<NodeState, "summary" | "statsAt" | "pictures">): CardFacts => {
  const flows = summary?.flows ?? [];
  return {
    stats_at: statsAt === 0 ? null : new Date(statsAt).toISOString(),
    uptime_secs: summary?.uptime_secs ?? null,
    cpu_percent: summary?.cpu_percent ?? null,
    ram_percent: summary?.ram_percent ?? null,
    bitrate_in_bps: sumOf(flows, "bitrate_in_bps"),
    bitrate_out_bps: sumOf(flows, "bitrate_out_bps"),
    active_flows: wholeOf(summary?.active_flows),
    total_flows: wholeOf(summary?.total_flows),
    worst_health: FLOW_HEALTHS[Math.max(-1, ...flows.map(({ health }) => (health === null ? -1 : FLOW_HEALTHS.indexOf(health))))] ?? null,
    metrics: summary?.metrics.map(({ name, value, unit }) => ({ name, value, unit })) ?? [],
    pictures: picturesOf(flows, pictures),
  };
};

const sumOf = (flows: readonly FlowSummary[], field: "bitrate_in_bps" | "bitrate_out_bps"): number | null => {
  let sum: number | null = null;
  for (const flow of flows) {
    const value = flow[field];
    sum = value === null ? sum : (sum ?? 0) + value;
  }
  return sum;
};

const wholeOf = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : Math.trunc(value));

const picturesOf = (flows: readonly FlowSummary[], pictures: NodeState["pictures"]): CardFacts["pictures"] => {
  if (pictures.size === 0) {
    return [];
  }
  return flows
    .flatMap(({ flow_id: id, name }) => {
      const picture = pictures.get(`flow:${id}`);
      return picture === undefined ? [] : [{ flow_id: id, flow_name: name, tag: picture.tag, at: new Date(picture.takenAt).toISOString() }];
    })
    .slice(0, MOST_PICTURES);
};
