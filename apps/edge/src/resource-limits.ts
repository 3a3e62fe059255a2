import type { Config } from "@bilbycast/contracts/config";

/** When the machine's load is worth an alarm. Percentages from 0 to 100. */
export type ResourceLimits = {
  cpu: { warning: number; critical: number };
  ram: { warning: number; critical: number };
  action: "alarm" | "gate_flows";
  /** Milliseconds that a value must stay beyond a limit before it counts. */
  grace: number;
};

/** The limits of a configuration; `undefined` without the block, and there are no alarms then. */
export const resourceLimitsOf = ({ resource_limits: limits }: Config): ResourceLimits | undefined =>
  limits === undefined
    ? undefined
    : {
        cpu: { warning: limits.cpu_warning_percent, critical: limits.cpu_critical_percent },
        ram: { warning: limits.ram_warning_percent, critical: limits.ram_critical_percent },
        action: limits.critical_action,
        grace: limits.grace_period_secs * 1_000,
      };
