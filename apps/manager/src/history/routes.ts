import { HISTORY_ENDPOINTS, type AnswerOf } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { serve, type App } from "../app.ts";
import { refusal } from "../http/faults.ts";
import { unpackStep, type FlowStep, type NodeStep } from "./packed-row.ts";
import { STEP } from "./recorder.ts";
import { LONG_STEP } from "./roll-up.ts";

const DAY = 86_400_000;
/** The longest stretch of one answer: as long as anything is kept, and a day for a change of the month. */
const LONGEST = 31 * DAY;

type Answer = AnswerOf<typeof HISTORY_ENDPOINTS.nodeHistory>;

/** How a node did. */
export const historyRoutes = (app: App): void => {
  serve(app, HISTORY_ENDPOINTS.nodeHistory, async ({ params, query }) => {
    const [from, to] = [Date.parse(query.from), Math.min(Date.parse(query.to), Date.now())];
    if (to - from > LONGEST) {
      throw refusal("request_malformed", "No more than 31 days can be asked for at once", { field: "query.from" });
    }
    const step = from >= Date.now() - DAY ? STEP : LONG_STEP;
    const first = Math.floor(from / step) * step;
    const { rows } = await sql<{ at: Date; body: Buffer }>`
      select at, body from ${sql.table(step === STEP ? "history_30s" : "history_5m")}
      where node_id = ${params.node_id} and at >= ${new Date(first)} and at <= ${new Date(to)} order by at`.execute(app.database.queries);
    const steps = new Map(rows.map(({ at, body }) => [at.getTime(), unpackStep(body)]));
    const times = Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
    return {
      step_seconds: step === STEP ? (30 as const) : (300 as const),
      at: times.map((time) => new Date(time).toISOString()),
      ...seriesOf(
        times.map((time) => steps.get(time)),
        query.flow_id,
      ),
    };
  });
};

/** A gap is a gap: null where nothing is known. */
const seriesOf = (steps: readonly (NodeStep | undefined)[], only: string | undefined): Omit<Answer, "step_seconds" | "at"> => {
  const flows = new Map<string, (FlowStep | undefined)[]>();
  for (const [index, step] of steps.entries()) {
    for (const flow of step?.flows ?? []) {
      if (only === undefined || flow.flowId === only) {
        const row = flows.get(flow.flowId) ?? Array.from<FlowStep | undefined>({ length: steps.length });
        row[index] = flow;
        flows.set(flow.flowId, row);
      }
    }
  }
  return {
    cpu_percent: steps.map((step) => step?.cpuPercent ?? null),
    ram_percent: steps.map((step) => step?.ramPercent ?? null),
    flows: [...flows].map(([flowId, of]) => ({
      flow_id: flowId,
      bitrate_in_bps: of.map((flow) => flow?.bitrateIn ?? null),
      bitrate_out_bps: of.map((flow) => flow?.bitrateOut ?? null),
      packets_lost: of.map((flow) => flow?.packetsLost ?? null),
      rtt_ms: of.map((flow) => flow?.rttMs ?? null),
      health: of.map((flow) => flow?.health ?? null),
    })),
  };
};
