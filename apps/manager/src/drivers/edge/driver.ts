import { COMMANDS, readAction } from "@bilbycast/contracts/node-link";
import {
  FLOW_HEALTHS,
  type DeviceDriver,
  type FlowFacts,
  type FlowHealth,
  type FlowSummary,
  type Metric,
  type NodeSummary,
} from "../driver.ts";
import { configuration } from "./configuration.ts";
import { listOf, looseOf, numberOf, type Loose } from "./loose.ts";
import { switching } from "./switching.ts";

const textOf = (value: unknown, otherwise = ""): string => (typeof value === "string" ? value : otherwise);

const sum = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
};

/** Flows of one node that are looked at; the rest is counted in its own totals. */
const MOST_FLOWS = 500;

const summaryOf = (stats: unknown): NodeSummary => {
  const body = looseOf(stats);
  const flows = listOf(body["flows"])
    .slice(0, MOST_FLOWS)
    .map((flow) => flowSummary(flow));
  const resources = looseOf(body["system_resources"]);
  const summary = {
    uptime_secs: numberOf(body["uptime_secs"]),
    cpu_percent: numberOf(resources["cpu_percent"]),
    ram_percent: numberOf(resources["ram_percent"]),
    active_flows: numberOf(body["active_flows"]),
    total_flows: numberOf(body["total_flows"]),
    flows,
  };
  return { ...summary, metrics: metricsOf(summary, listOf(body["tunnels"]).length) };
};

const metricsOf = (
  { active_flows: active, total_flows: total, flows, uptime_secs: uptime }: Omit<NodeSummary, "metrics">,
  tunnels: number,
): Metric[] => {
  const metrics: [string, number | null, string][] = [
    ["active_flows", active, ""],
    ["total_flows", total, ""],
    ["tunnels", tunnels, ""],
    ["bitrate_in", sum(flows.map(({ bitrate_in_bps: rate }) => rate)), "bit/s"],
    ["bitrate_out", sum(flows.map(({ bitrate_out_bps: rate }) => rate)), "bit/s"],
    ["uptime", uptime, "s"],
  ];
  return metrics.flatMap(([name, value, unit]) => (value === null ? [] : [{ name, value, unit }]));
};

const flowSummary = (flow: Loose): FlowSummary => {
  const input = looseOf(flow["input"]);
  const outputs = listOf(flow["outputs"]);
  const legs = [input, ...outputs].flatMap((part) => [looseOf(part["srt_stats"]), looseOf(part["srt_leg2_stats"])]);
  const roundTrips = legs.map((leg) => numberOf(leg["rtt_ms"])).filter((value) => value !== null);
  const health = textOf(flow["health"]);
  return {
    flow_id: textOf(flow["flow_id"]).slice(0, 64),
    name: textOf(flow["flow_name"], textOf(flow["flow_id"])).slice(0, 256),
    state: textOf(flow["state"], "Idle").slice(0, 32),
    health: FLOW_HEALTHS.find((word): word is FlowHealth => word === health) ?? null,
    bitrate_in_bps: numberOf(input["bitrate_bps"]),
    bitrate_out_bps: sum(outputs.map((output) => numberOf(output["bitrate_bps"]))),
    packets_received: numberOf(input["packets_received"]),
    packets_lost: numberOf(input["packets_lost"]),
    rtt_ms: roundTrips.length === 0 ? null : Math.max(...roundTrips),
    active_input_id: typeof flow["active_input_id"] === "string" ? flow["active_input_id"].slice(0, 64) : null,
    more: flowFacts(flow, outputs.length),
  };
};

/** Inputs of one flow that are told of. */
const MOST_INPUTS = 32;

const flowFacts = (flow: Loose, outputs: number): FlowFacts => ({
  uptime_secs: numberOf(flow["uptime_secs"]),
  inputs: listOf(flow["inputs_live"])
    .slice(0, MOST_INPUTS)
    .map((input) => {
      const id = textOf(input["input_id"]).slice(0, 64);
      return {
        id,
        name: textOf(input["input_name"], id).slice(0, 256),
        kind: textOf(input["input_type"]).slice(0, 32),
        state: textOf(input["state"]).slice(0, 32),
      };
    }),
  outputs,
});

/** bilbycast-edge. */
export const driver: DeviceDriver = {
  deviceType: "edge",
  displayName: "bilbycast edge",
  commands: Object.entries(COMMANDS).map(([name, { title, role, changesConfig, ackWaitMs }]) => ({
    name,
    description: title,
    requires_role: role,
    changes_config: changesConfig,
    ack_wait_ms: ackWaitMs,
  })),
  validateCommand: (action) => {
    const outcome = readAction(action);
    return outcome.kind === "action"
      ? undefined
      : { message: outcome.message, ...(outcome.field === undefined ? {} : { field: `body.action.${outcome.field}` }) };
  },
  summaryOf,
  statusOf: (health) => {
    const body = looseOf(health);
    const resources = looseOf(body["system_resources"]);
    return body["status"] !== undefined && body["status"] !== "ok" ? "error" : resources["critical"] === true ? "degraded" : "online";
  },
  configuration,
  switching,
  sections: ["flows", "inputs", "outputs", "config", "pictures", "resources", "history"],
  topology: { icon: "edge", list_in_topology: true },
};
