import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { FLOW_HEALTHS, type FlowSummary } from "../drivers/driver.ts";
import type { NodeState } from "../node-link/node-states.ts";

/** What of a card the node itself told. */
export type CardFacts = Pick<
  NodeCard,
  | "stats_at"
  | "started_at"
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
  started_at: null,
  cpu_percent: null,
  ram_percent: null,
  bitrate_in_bps: null,
  bitrate_out_bps: null,
  active_flows: null,
  total_flows: null,
  worst_health: null,
  metrics: {},
  pictures: {},
};

/** Metrics of a node that a card has fields of its own for. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["active_flows", "total_flows", "bitrate_in", "bitrate_out", "uptime"]);

export const factsOf = (state: Pick<NodeState, "summary" | "notedAt" | "startedAt" | "pictures">): CardFacts => {
  const { notedAt, pictures, startedAt, summary } = state;
  const flows = summary?.flows ?? [];
  const metrics = summary?.metrics.filter(({ name }) => !OWN_FIELDS.has(name)) ?? [];
  return {
    stats_at: notedAt === 0 ? null : new Date(notedAt).toISOString(),
    started_at: startedAt === undefined ? null : new Date(startedAt).toISOString(),
    cpu_percent: wholeOf(summary?.cpu_percent, Math.round),
    ram_percent: wholeOf(summary?.ram_percent, Math.round),
    bitrate_in_bps: threeFigures(sumOf(flows, "bitrate_in_bps")),
    bitrate_out_bps: threeFigures(sumOf(flows, "bitrate_out_bps")),
    active_flows: wholeOf(summary?.active_flows),
    total_flows: wholeOf(summary?.total_flows),
    worst_health: FLOW_HEALTHS[Math.max(-1, ...flows.map(({ health }) => (health === null ? -1 : FLOW_HEALTHS.indexOf(health))))] ?? null,
    metrics: Object.fromEntries(metrics.map(({ name, value, unit }) => [name, { value: threeFigures(value) ?? 0, unit }])),
    pictures: picturesOf(flows, pictures),
  };
};

/** As much as a card shows of a number: what is told of one does not change with every packet. */
const threeFigures = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(3)));

const sumOf = (flows: readonly FlowSummary[], field: "bitrate_in_bps" | "bitrate_out_bps"): number | null => {
  let sum: number | null = null;
  for (const flow of flows) {
    const value = flow[field];
    sum = value === null ? sum : (sum ?? 0) + value;
  }
  return sum;
};

const wholeOf = (value: number | null | undefined, whole: (value: number) => number = Math.trunc): number | null =>
  value === null || value === undefined ? null : whole(value);

const picturesOf = (flows: readonly FlowSummary[], pictures: NodeState["pictures"]): CardFacts["pictures"] => {
  const found: [string, CardFacts["pictures"][string]][] = [];
  for (const { flow_id: id, name } of pictures.size === 0 ? [] : flows) {
    const picture = pictures.get(`flow:${id}`);
    if (picture !== undefined && found.length < MOST_PICTURES) {
      found.push([id, { flow_name: name, tag: picture.tag, at: new Date(picture.takenAt).toISOString() }]);
    }
  }
  return Object.fromEntries(found);
};
