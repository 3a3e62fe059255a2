import type { FlowEvents } from "./flow-events.ts";
import type { LaneReport } from "./orders.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { SessionReport } from "./session-handle.ts";

export type PartReport = Extract<LaneReport, { report: "event" }>;

/** What a part on a lane says of itself becomes an event; of a flow or a part that was closed meanwhile nothing is told. */
export const heedPart = (flow: RunningFlow | undefined, { serial, partId, event }: PartReport, events: FlowEvents): void => {
  const part = flow?.allParts().find(({ key }) => key === partId);
  if (flow !== undefined && flow.serial === serial && part !== undefined) {
    events.session(flow, part, event);
  }
};

/** What a session says of itself; of one that is no more nothing is told. */
export const heedSession = (
  owner: { flow: RunningFlow; part: RunningPart } | undefined,
  report: Exclude<SessionReport, { report: "failed" }>,
  events: FlowEvents,
): void => {
  if (owner !== undefined && report.report === "peer") {
    owner.part.peer = report.peer;
  } else if (owner !== undefined && report.report === "event") {
    events.session(owner.flow, owner.part, report.event);
  }
};
