import type { EngineEvent } from "@bilbycast/engine/flow";
import type { ResourceLimits } from "./resource-limits.ts";

/** Percentages from 0 to 100. */
export type ResourceUse = { cpuPercent: number; ramPercent: number };

type Metric = "cpu" | "ram";
type Level = "normal" | "warning" | "critical";

const LEVELS: readonly Level[] = ["normal", "warning", "critical"];

/** A value must fall this far below a limit to be below it: one that sits on the limit raises one alarm and not many. */
const MARGIN = 2;

const WORDS: Readonly<Record<Metric, string>> = { cpu: "Processor", ram: "Memory" };

/**
 * Decides when the load of the machine is an alarm. A limit counts once the value has stayed beyond it for the whole grace time, and
 * is left behind once the value has stayed below it as long. Time is an argument, in milliseconds.
 */
export class ResourceAlarm {
  readonly #metrics: Readonly<Record<Metric, MetricLevel>> = { cpu: new MetricLevel(), ram: new MetricLevel() };

  /** True while any resource is critical. */
  get isCritical(): boolean {
    return Object.values(this.#metrics).some(({ level }) => level === "critical");
  }

  /** What changed with this value: at most one event for each resource, and one when all is normal again. */
  take(use: ResourceUse, limits: ResourceLimits, at: number): EngineEvent[] {
    const wasNormal = this.#isNormal;
    const events = (["cpu", "ram"] as const).flatMap((metric) => {
      const percent = metric === "cpu" ? use.cpuPercent : use.ramPercent;
      const level = this.#metrics[metric].take(percent, limits[metric], limits.grace, at);
      return level === undefined || level === "normal" ? [] : [alarm(metric, level, percent, limits)];
    });
    if (!wasNormal && this.#isNormal) {
      events.push({
        severity: "info",
        category: "system_resources",
        code: "system_resources_recovered",
        message: "Processor and memory are below their limits again",
        details: { cpu_percent: use.cpuPercent, ram_percent: use.ramPercent },
      });
    }
    return events;
  }

  get #isNormal(): boolean {
    return Object.values(this.#metrics).every(({ level }) => level === "normal");
  }
}

/** One resource: its level, and since when its value speaks for another one. */
class MetricLevel {
  level: Level = "normal";
  /** For each limit, when the value came to the other side of it. */
  readonly #since: Record<"warning" | "critical", number | undefined> = { warning: undefined, critical: undefined };

  /** The new level when it changed. */
  take(percent: number, limits: { warning: number; critical: number }, grace: number, at: number): Level | undefined {
    const before = this.level;
    const isOver = {
      warning: this.#isOver("warning", percent, limits.warning, grace, at),
      critical: this.#isOver("critical", percent, limits.critical, grace, at),
    };
    this.level = isOver.critical ? "critical" : isOver.warning ? "warning" : "normal";
    return this.level === before ? undefined : this.level;
  }

  #isOver(limit: "warning" | "critical", percent: number, bound: number, grace: number, at: number): boolean {
    const was = LEVELS.indexOf(this.level) >= LEVELS.indexOf(limit);
    const crossed = was ? percent < bound - Math.min(MARGIN, bound / 2) : percent > bound;
    if (!crossed) {
      this.#since[limit] = undefined;
      return was;
    }
    this.#since[limit] ??= at;
    if (at - this.#since[limit] < grace) {
      return was;
    }
    this.#since[limit] = undefined;
    return !was;
  }
}

const CODES = {
  cpu: { warning: "system_resources_cpu_warning", critical: "system_resources_cpu_critical" },
  ram: { warning: "system_resources_ram_warning", critical: "system_resources_ram_critical" },
} as const;

const alarm = (metric: Metric, level: "warning" | "critical", percent: number, limits: ResourceLimits): EngineEvent => {
  const threshold = limits[metric][level];
  const gated = level === "critical" && limits.action === "gate_flows" ? "; no flow is started meanwhile" : "";
  return {
    severity: level,
    category: "system_resources",
    code: CODES[metric][level],
    message: `${WORDS[metric]} use is at ${percent} %, the limit is ${threshold} %${gated}`,
    details: { metric, percent, threshold, grace_period_secs: limits.grace / 1_000, action: limits.action },
  };
};
