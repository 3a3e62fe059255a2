import type { FlowEvents } from "./flow-events.ts";
import type { LaneReport } from "./orders.ts";
import type { RunningFlow } from "./running-flow.ts";
import type { Bandwidth } from "./spec.ts";

export type BandwidthReport = Extract<LaneReport, { report: "bandwidth" }>;

/** Takes note of what a lane says of a flow's rate. A report that comes late is about a flow that has been closed since. */
export const heedBandwidth = (flow: RunningFlow | undefined, report: BandwidthReport, events: FlowEvents): void => {
  if (flow?.serial === report.serial && flow.spec.bandwidth !== undefined) {
    flow.bandwidth = report.state;
    events.bandwidth(flow, report.bitrate);
  }
};

/** Gives a flow another bound on its rate, or none; measuring begins anew. */
export const limitBandwidth = async (flow: RunningFlow, bandwidth: Bandwidth | undefined, events: FlowEvents): Promise<void> => {
  if (flow.state === "running") {
    await flow.lane.do({ do: "limitBandwidth", flowId: flow.spec.id, bandwidth });
  }
  const { bandwidth: _old, ...rest } = flow.spec;
  flow.spec = bandwidth === undefined ? rest : { ...rest, bandwidth };
  if (flow.bandwidth !== "normal") {
    flow.bandwidth = "normal";
    events.bandwidth(flow, 0);
  }
};
