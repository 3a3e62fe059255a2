import { BUSY, CPU, FULL, LOSS, RAM } from "./derived/limits.ts";

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;

/** Codes of what the manager itself tells of a node, with a sentence each. */
export const OWN_EVENTS = {
  node_connected: "The node has connected.",
  node_disconnected: "The node has gone, or has not come back.",
  node_over_budget: "The node sent more than a node may, and its connection was closed.",
  protocol_newer: "The node speaks a newer version of the protocol than this manager.",
  event_rate_limit: "The node told more events in a minute than are kept; the rest of the minute is only counted.",
  event_rate_limit_over: "The minute is over; details.suppressed is how many were not kept.",
  events_dropped: "Events of the node were given up while the database was away or too slow.",
  node_silent: "The node is connected and sends no statistics.",
  node_speaks: "The node sends statistics again.",
  flow_no_signal: "A flow that had a signal has had none for 10 s, and the node did not say so itself.",
  flow_signal_returned: "The flow has a signal again, or is not meant to have one any more.",
  flow_loss_high: `Of the packets of a flow's input ${LOSS.bad} % or more were lost in ${seconds(LOSS.windowMs)}.`,
  flow_loss_normal: `The flow's input has lost ${LOSS.good} % or less for ${seconds(3 * LOSS.windowMs)}.`,
  node_cpu_high: `The node's processors have been busy for ${CPU.bad} % or more for ${seconds(BUSY.raiseAfterMs)}.`,
  node_cpu_normal: `The node's processors have been busy for ${CPU.good} % or less for ${seconds(BUSY.clearAfterMs)}.`,
  node_memory_high: `Of the node's memory ${RAM.bad} % or more have been in use for ${seconds(FULL.raiseAfterMs)}.`,
  node_memory_normal: `No more than ${RAM.good} % of the node's memory have been in use for ${seconds(FULL.clearAfterMs)}.`,
} as const satisfies Record<string, string>;
