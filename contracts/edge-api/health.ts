import { z } from "zod";

const laneHealthSchema = z.object({
  lane: z.int(),
  backend: z.string().describe("How this lane reaches its sockets."),
  tick_us: z.number().describe("Microseconds between rounds under load; 0 when each packet wakes the lane."),
  capabilities: z.record(z.string(), z.boolean()).describe("What the backend can do on this machine."),
  counters: z.record(z.string(), z.number()).describe("The lane's own counters and gauges, by their names in the reference."),
});

/** GET /health; bare, without the envelope. */
export const healthSchema = z
  .object({
    status: z.literal("ok"),
    version: z.string(),
    uptime_secs: z.int().nonnegative(),
    active_flows: z.int().nonnegative().describe("Flows that the engine runs."),
    total_flows: z.int().nonnegative(),
    api_addr: z.string(),
    node_id: z.string().optional(),
    device_name: z.string().optional(),
    capabilities: z.array(z.string()),
    restarts: z.int().nonnegative().describe("Times that the edge ended abnormally and was started again."),
    backend: z
      .object({
        name: z.string(),
        declined: z.string().optional().describe("Why the native backend does not serve on this machine, where it does not."),
      })
      .describe("How the node reaches its sockets."),
    lanes: z.array(laneHealthSchema),
  })
  .meta({ id: "Health" });

export type Health = z.output<typeof healthSchema>;
