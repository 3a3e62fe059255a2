import type { NodeCard } from "@bilbycast/contracts/manager-api";
import { picturesOf } from "../../live/card-facts.ts";
import type { State } from "../../words/state.ts";

/** The state of a node, all that is known of it together. */
export const stateOf = (card: NodeCard): State => {
  if (card.status === "offline" || card.status === "error" || card.alarms.critical > 0 || card.worst_health === "Critical") {
    return "critical";
  }
  if (card.status === "degraded" || card.alarms.warning > 0 || card.worst_health === "Error" || card.worst_health === "Warning") {
    return "warning";
  }
  return card.status === "pending" || card.stats_at === null ? "unknown" : "good";
};

const RANKS: Readonly<Record<State, number>> = { critical: 4, warning: 3, unknown: 2, off: 1, good: 0 };

/** How much trouble a node is in: what sorts the worst first. Within one state the one with more alarms, and who is away, come first. */
export const troubleOf = (card: NodeCard): number =>
  RANKS[stateOf(card)] * 1_000_000 +
  (card.status === "offline" ? 500_000 : 0) +
  Math.min(400, card.alarms.critical) * 1_000 +
  Math.min(999, card.alarms.warning);

/** The metric of this name that the driver of the node's kind draws out; `undefined` when it has none. */
export const metricOf = (card: NodeCard, name: string): number | undefined => card.metrics[name]?.value;

/** Every word of the filter stands in what is known of the node. */
export const fits = (card: NodeCard, filter: string): boolean => {
  const text = `${card.name} ${card.device_type} ${card.status} ${stateOf(card)} ${card.software_version ?? ""} ${picturesOf(card)
    .map(({ flow_name: name }) => name)
    .join(" ")}`.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
};
