import type { FlowEvents } from "./flow-events.ts";
import type { LaneReport } from "./orders.ts";
import type { RunningFlow } from "./running-flow.ts";

export type PartReport = Extract<LaneReport, { report: "event" }>;

/** What a part on a lane says of itself becomes an event; of a flow or a part that was closed meanwhile nothing is told. */
export const heedPart = (flow: RunningFlow | undefined, { serial, partId, event }: PartReport, events: FlowEvents): void => {
  const part = flow?.allParts().find(({ key }) => key === partId);
  if (flow !== undefined && flow.serial === serial && part !== undefined) {
    events.session(flow, part, event);
  }
};
