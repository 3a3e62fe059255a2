import type { DeviceDriver } from "../../../src/drivers/driver.ts";

/** A kind of device that the program knows nothing of: what it is stands here and nowhere else. */
export const driver: DeviceDriver = {
  deviceType: "thermometer",
  displayName: "Thermometer",
  commands: [
    { name: "calibrate", description: "Calibrate", requires_role: "operator", changes_config: false, ack_wait_ms: 5_000 },
    { name: "burn", description: "Heat the probe", requires_role: "admin", changes_config: false, ack_wait_ms: 5_000 },
  ],
  validateCommand: (action) =>
    action.type === "calibrate" && typeof action["offset"] !== "number"
      ? { message: "offset must be a number of degrees", field: "body.action.offset" }
      : undefined,
  summaryOf: (stats) => {
    const { celsius } = stats as { celsius?: number };
    return {
      uptime_secs: null,
      cpu_percent: null,
      ram_percent: null,
      active_flows: null,
      total_flows: null,
      flows: [],
      metrics: typeof celsius === "number" ? [{ name: "temperature", value: celsius, unit: "°C" }] : [],
    };
  },
  statusOf: (health) => ((health as { status?: string }).status === "too hot" ? "degraded" : "online"),
  sections: [],
  topology: { icon: "thermometer", list_in_topology: false },
};
