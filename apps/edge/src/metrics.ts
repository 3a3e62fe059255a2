import type { Config } from "@bilbycast/contracts/config";
import { HEALTH_LEVELS, METRICS, statFamilies, type FlowStats, type MetricFamily, type MetricName } from "@bilbycast/contracts/edge-api";
import { INPUT_STATS, LANE_STATS, OUTPUT_STATS, type FlowSnapshot, type PartSnapshot } from "@bilbycast/engine/flow";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { allFlowStats } from "./flow-stats.ts";
import { putPictures } from "./metrics-pictures.ts";
import { putStream } from "./metrics-stream.ts";
import { MetricsText } from "./metrics-text.ts";
import { resourceBudget } from "./resource-budget.ts";
import type { Sample } from "./sampler.ts";
import type { SystemLoad } from "./system-load.ts";

/** What the page shows besides a sample and a configuration. */
export type MetricsContext = {
  version: string;
  uptimeSecs: number;
  /** Flows of the configuration, those that are broken among them. */
  totalFlows: number;
  /** Milliseconds since the epoch. */
  nowMs: number;
  declarations: readonly Declaration[];
  /** Events since the start, by severity. */
  events: Readonly<Record<string, number>>;
  /** Absent until the machine was looked at twice. */
  system?: SystemLoad & { critical: boolean };
};

/** The Prometheus page of an edge: what it is, its machine, its lanes, and each flow that runs. */
export const renderMetrics = (sample: Sample, config: Config, context: MetricsContext): string => {
  const page = new Page();
  const { flows, lanes } = sample.snapshot;
  page.put("info", [context.version], 1);
  page.put("uptime_seconds", [], context.uptimeSecs);
  page.put("flows_total", [], context.totalFlows);
  page.put("flows_active", [], flows.length);
  for (const [severity, count] of Object.entries(context.events)) {
    page.put("events_total", [severity], count);
  }
  if (context.system !== undefined) {
    putSystem(page, context.system);
  }
  putPictures(page, sample.snapshot, resourceBudget(sample.snapshot), context.nowMs);
  const running = new Set(flows.map((flow) => flow.id));
  for (const stats of allFlowStats(config, sample, context.nowMs)) {
    if (running.has(stats.flow_id)) {
      putFlow(page, stats);
    }
  }
  putParts(page, "input", flows, context.declarations);
  putParts(page, "output", flows, context.declarations);
  const laneFamilies = statFamilies({ side: "lane" }, LANE_STATS);
  for (const { lane, counters } of lanes) {
    page.putAll(laneFamilies, [String(lane)], counters);
  }
  return page.text();
};

/** The page by the names of its families. */
class Page {
  readonly #text = new MetricsText();

  put(name: MetricName, labels: readonly string[], value: number): void {
    this.#text.sample(NAMED[name], labels, value);
  }

  /** Every counter that has a family. */
  putAll(families: ReadonlyMap<string, MetricFamily>, labels: readonly string[], counters: Readonly<Record<string, number>>): void {
    for (const [stat, family] of families) {
      const value = counters[stat];
      if (value !== undefined) {
        this.#text.sample(family, labels, value);
      }
    }
  }

  text(): string {
    return this.#text.text();
  }
}

const NAMED = Object.fromEntries(Object.entries(METRICS).map(([name, family]) => [name, { ...family, name }])) as Readonly<
  Record<MetricName, MetricFamily>
>;

const putSystem = (page: Page, system: SystemLoad & { critical: boolean }): void => {
  page.put("system_cpu_percent", [], system.cpuPercent);
  page.put("system_ram_percent", [], system.ramPercent);
  page.put("system_ram_used_bytes", [], system.ramUsedBytes);
  page.put("system_ram_total_bytes", [], system.ramTotalBytes);
  page.put("system_resources_critical", [], system.critical ? 1 : 0);
};

const putFlow = (page: Page, stats: FlowStats): void => {
  const flow = [stats.flow_id];
  page.put("flow_health", flow, HEALTH_LEVELS.indexOf(stats.health));
  const { input } = stats;
  if (input !== undefined) {
    page.put("flow_input_packets_total", flow, input.packets_received);
    page.put("flow_input_bytes_total", flow, input.bytes_received);
    page.put("flow_input_bitrate_bps", flow, input.bitrate_bps);
    page.put("flow_input_packets_lost", flow, input.packets_lost);
    page.put("flow_input_packets_filtered", flow, input.packets_filtered);
    page.put("flow_input_fec_recovered_total", flow, input.packets_recovered_fec);
    page.put("flow_input_redundancy_switches_total", flow, input.redundancy_switches);
  }
  putSrt(page, stats);
  if (stats.pdv_jitter_us !== undefined) {
    page.put("flow_pdv_jitter_us", flow, stats.pdv_jitter_us);
  }
  if (stats.iat !== undefined) {
    page.put("flow_iat_avg_us", flow, stats.iat.avg_us);
  }
  putStream(page, stats);
  if (stats.bandwidth_limit_mbps !== undefined) {
    page.put("flow_bandwidth_exceeded", flow, stats.bandwidth_exceeded === true ? 1 : 0);
    page.put("flow_bandwidth_blocked", flow, stats.bandwidth_blocked === true ? 1 : 0);
    page.put("flow_bandwidth_limit_mbps", flow, stats.bandwidth_limit_mbps);
  }
  for (const output of stats.outputs) {
    const labels = [stats.flow_id, output.output_id];
    page.put("flow_output_packets_total", labels, output.packets_sent);
    page.put("flow_output_bytes_total", labels, output.bytes_sent);
    page.put("flow_output_bitrate_bps", labels, output.bitrate_bps);
    page.put("flow_output_packets_dropped", labels, output.packets_dropped);
    page.put("flow_output_fec_sent_total", labels, output.fec_packets_sent);
    if (output.pcr_trust !== undefined) {
      page.put("flow_output_pcr_trust_p95_us", labels, output.pcr_trust.window_p95_us);
    }
  }
};

/** Each has one leg. */
const putSrt = (page: Page, { flow_id: flowId, input, outputs }: FlowStats): void => {
  for (const [outputId, leg] of [["", input?.srt_stats] as const, ...outputs.map((each) => [each.output_id, each.srt_stats] as const)]) {
    if (leg !== undefined) {
      page.put("srt_rtt_ms", [flowId, outputId, "1", "primary"], leg.rtt_ms);
      page.put("srt_loss_total", [flowId, outputId, "1", "primary"], leg.pkt_loss_total);
    }
  }
};

/** The stats that every part of a side has, and those that its transport declares. */
const putParts = (page: Page, side: "input" | "output", flows: readonly FlowSnapshot[], declarations: readonly Declaration[]): void => {
  const shared = statFamilies({ side }, side === "input" ? INPUT_STATS : OUTPUT_STATS);
  const byKind = new Map(
    declarations.map(({ kind, stats }) => {
      const own = Object.entries(stats).filter(([, { direction }]) => (direction ?? side) === side);
      return [kind, statFamilies({ side, kind }, Object.fromEntries(own))];
    }),
  );
  const none: ReadonlyMap<string, MetricFamily> = new Map();
  for (const flow of flows) {
    const parts: readonly PartSnapshot[] = side === "input" ? flow.inputs : flow.outputs;
    for (const part of parts) {
      page.putAll(shared, [flow.id, part.id], part.counters);
      page.putAll(byKind.get(part.kind) ?? none, [flow.id, part.id], part.counters);
    }
  }
};
