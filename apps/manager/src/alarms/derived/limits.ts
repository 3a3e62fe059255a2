import type { Severity } from "../../events/event-draft.ts";
import type { Patience } from "./hysteresis.ts";

const SECOND = 1_000;

/** A condition that the manager finds in what a node counts. Of two limits the worse one begins it and the better one ends it. */
export type DerivedRule = Patience & {
  /** Codes of its begin and its end, and what is said. */
  raises: string;
  clears: string;
  severity: Exclude<Severity, "info">;
  message: string;
  over: string;
  /** What the node itself tells of the same: while one of these stands nothing is said besides. */
  unless: readonly string[];
};

/** Percent of packets lost in a window, and how long that is. */
export const LOSS = { bad: 1, good: 0.2, windowMs: 10 * SECOND };
export const CPU = { bad: 90, good: 80 };
export const RAM = { bad: 95, good: 90 };

export const SILENT: DerivedRule = {
  raises: "node_silent",
  clears: "node_speaks",
  severity: "warning",
  message: "The node is connected and has sent no statistics for 15 s",
  over: "The node sends statistics again",
  raiseAfterMs: 15 * SECOND,
  clearAfterMs: 3 * SECOND,
  unless: [],
};

export const NO_SIGNAL: DerivedRule = {
  raises: "flow_no_signal",
  clears: "flow_signal_returned",
  severity: "critical",
  message: "Nothing has come into the flow for 10 s",
  over: "The flow has a signal again",
  raiseAfterMs: 10 * SECOND,
  clearAfterMs: 5 * SECOND,
  unless: ["input_lost", "redundancy_both_lost", "thumbnail_no_signal", "tr101290_sync_loss", "srt_disconnected", "flow_died"],
};

export const LOSSY: DerivedRule = {
  raises: "flow_loss_high",
  clears: "flow_loss_normal",
  severity: "warning",
  message: `The flow's input has lost more than ${LOSS.bad} % of its packets`,
  over: "The flow's input loses hardly any packets",
  // One window is enough to begin it; three good ones end it.
  raiseAfterMs: 0,
  clearAfterMs: 2 * LOSS.windowMs,
  unless: [],
};

export const BUSY: DerivedRule = {
  raises: "node_cpu_high",
  clears: "node_cpu_normal",
  severity: "warning",
  message: `The node's processors have been busy for more than ${CPU.bad} % for 30 s`,
  over: `The node's processors are busy for less than ${CPU.good} %`,
  raiseAfterMs: 30 * SECOND,
  clearAfterMs: 30 * SECOND,
  unless: ["system_resources_cpu_warning", "system_resources_cpu_critical"],
};

export const FULL: DerivedRule = {
  raises: "node_memory_high",
  clears: "node_memory_normal",
  severity: "warning",
  message: `More than ${RAM.bad} % of the node's memory have been in use for 30 s`,
  over: `Less than ${RAM.good} % of the node's memory are in use`,
  raiseAfterMs: 30 * SECOND,
  clearAfterMs: 30 * SECOND,
  unless: ["system_resources_ram_warning", "system_resources_ram_critical"],
};

export const DERIVED_RULES: readonly DerivedRule[] = [SILENT, NO_SIGNAL, LOSSY, BUSY, FULL];
