import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { sought, time, uuid } from "./forms.ts";

/** Values at the times of `at`; null where nothing is known: a gap is a gap. */
const series = z.array(z.number().nullable());

export const HISTORY_ENDPOINTS = {
  nodeHistory: endpoint({
    method: "GET",
    path: "/nodes/:node_id/stats-history",
    act: "node.history",
    target: { node: "params" },
    params: z.object({ node_id: uuid }),
    summary: "Load of the node and what its flows carried; every 30 s for 24 h, every 5 min for 30 days",
    query: z.object({ from: time, to: time, flow_id: sought(64).optional().describe("This flow alone.") }),
    answer: z.object({
      step_seconds: z.union([z.literal(30), z.literal(300)]),
      at: z.array(time),
      cpu_percent: series,
      ram_percent: series,
      flows: z.array(
        z.object({
          flow_id: z.string(),
          bitrate_in_bps: series,
          bitrate_out_bps: series,
          packets_lost: series.describe("In the step."),
          rtt_ms: series,
          health: z.array(z.int().min(0).max(3).nullable()).describe("0 healthy, 1 warning, 2 error, 3 critical: the worst in the step."),
        }),
      ),
    }),
  }),
} as const;
