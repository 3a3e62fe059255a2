import { CHECK_NAMES, CHECKS, type ArrivalSnapshot, type Tr101290Snapshot } from "@bilbycast/protocols/mpegts";
import { AlarmState, type AlarmRule } from "./alarm-state.ts";
import { CHECK_FIELDS } from "./check-fields.ts";

type AlarmName = "sync" | "priority1" | "priority2" | "mdi";

/** Codes of the events that say that an alarm was raised and cleared, and how grave it is: for events, and for the health of a flow. */
export const STREAM_ALARMS = {
  sync: { raised: "tr101290_sync_loss", cleared: "tr101290_sync_ok", severity: "critical", health: "Critical" },
  priority1: { raised: "tr101290_p1_error", cleared: "tr101290_p1_ok", severity: "warning", health: "Error" },
  priority2: { raised: "tr101290_p2_error", cleared: "tr101290_p2_ok", severity: "warning", health: "Warning" },
  mdi: {
    raised: "content_analysis_mdi_above_threshold",
    cleared: "content_analysis_mdi_ok",
    severity: "warning",
    health: "Warning",
  },
} as const satisfies Record<AlarmName, { raised: string; cleared: string; severity: "warning" | "critical"; health: string }>;

/** Windows of a second. What makes the stream undecodable is told at once; what should be watched when it comes again. */
const RULES: Readonly<Record<AlarmName, AlarmRule>> = {
  sync: { raiseAfter: 1, clearAfter: 5 },
  priority1: { raiseAfter: 1, clearAfter: 10 },
  priority2: { raiseAfter: 2, clearAfter: 10 },
  mdi: { raiseAfter: 3, clearAfter: 10 },
};

/** Above these the delivery of a stream is called bad. */
export type MdiLimits = {
  /** Microseconds; for a stream of variable rate of its peak-to-peak delay variation. */
  delayFactor: number;
  /** Packets per second. */
  mediaLossRate: number;
};

/** A receiver holds back 50 ms and more, and no loss goes unseen. */
export const MDI_LIMITS: MdiLimits = { delayFactor: 50_000, mediaLossRate: 0 };

/** A transition, as an event tells it. */
export type AlarmChange = {
  code: string;
  severity: "info" | "warning" | "critical";
  message: string;
  /** For the event's details. */
  details: Record<string, unknown>;
};

/** What is wrong now, in the form of a flow's health_reasons. */
export type StreamReason = { code: string; severity: "Critical" | "Error" | "Warning"; detail: string };

/** Makes events of the windows of one stream. */
export class StreamAlarms {
  readonly #limits: MdiLimits;
  readonly #states: Readonly<Record<AlarmName, AlarmState>>;

  constructor(limits: MdiLimits = MDI_LIMITS) {
    this.#limits = limits;
    this.#states = {
      sync: new AlarmState(RULES.sync),
      priority1: new AlarmState(RULES.priority1),
      priority2: new AlarmState(RULES.priority2),
      mdi: new AlarmState(RULES.mdi),
    };
  }

  isRaised(alarm: AlarmName): boolean {
    return this.#states[alarm].isRaised;
  }

  /** Takes a closed window. A stream that has not begun is neither good nor bad; without sync nothing else is judged. */
  take(stream: Tr101290Snapshot, arrivals: ArrivalSnapshot): AlarmChange[] {
    if (stream.signal === "waiting") {
      return [];
    }
    const isInSync = stream.signal === "inSync" && stream.checks.syncLoss.window === 0;
    const changes = [this.#turn("sync", !isInSync, () => syncDetail(stream))];
    if (isInSync) {
      const [first, second] = stream.priorityOk;
      changes.push(
        this.#turn("priority1", !first, () => failedOf(stream, 1)),
        this.#turn("priority2", !second, () => failedOf(stream, 2)),
      );
    }
    const { mdi } = arrivals;
    if (mdi !== undefined) {
      // A stream of variable rate moves the virtual buffer by itself: then the transit of its clock says what the network does.
      const isConstant = stream.clocks.some(({ accuracy }) => accuracy !== undefined);
      const delay = isConstant ? mdi.delayFactor : (arrivals.delayVariation ?? mdi.delayFactor);
      const isBad = delay > this.#limits.delayFactor || mdi.mediaLossRate > this.#limits.mediaLossRate;
      changes.push(this.#turn("mdi", isBad, () => mdiDetail(mdi)));
    }
    return changes.filter((change) => change !== undefined);
  }

  #turn(name: AlarmName, isBad: boolean, detail: () => Detail): AlarmChange | undefined {
    const state = this.#states[name];
    const turn = state.take(isBad);
    if (turn === undefined) {
      return undefined;
    }
    const alarm = STREAM_ALARMS[name];
    if (turn === "cleared") {
      const details = { error_code: alarm.cleared, bad_windows: state.badWindows };
      return { code: alarm.cleared, severity: "info", message: `${TITLES[name]} is well again`, details };
    }
    const { text, fields } = detail();
    const details = { error_code: alarm.raised, health: alarm.health, ...fields };
    return { code: alarm.raised, severity: alarm.severity, message: text, details };
  }
}

/** What is wrong with a stream by its last closed window, worst first. */
export const streamReasons = (stream: Tr101290Snapshot): StreamReason[] => {
  if (stream.signal === "waiting") {
    return [];
  }
  if (stream.signal !== "inSync") {
    return [{ code: "tr101290_sync_loss", severity: STREAM_ALARMS.sync.health, detail: syncDetail(stream).text }];
  }
  const [first, second] = stream.priorityOk;
  const reasons: StreamReason[] = [];
  if (!first) {
    reasons.push({ code: "tr101290_p1", severity: STREAM_ALARMS.priority1.health, detail: failedOf(stream, 1).text });
  }
  if (!second) {
    reasons.push({ code: "tr101290_p2", severity: STREAM_ALARMS.priority2.health, detail: failedOf(stream, 2).text });
  }
  return reasons;
};

type Detail = { text: string; fields: Record<string, unknown> };

const TITLES: Readonly<Record<AlarmName, string>> = {
  sync: "The sync of the transport stream",
  priority1: "TR 101 290 priority 1",
  priority2: "TR 101 290 priority 2",
  mdi: "The delivery of the stream",
};

const syncDetail = ({ signal }: Tr101290Snapshot): Detail => ({
  text: signal === "silent" ? "No packet of the transport stream comes" : "The sync of the transport stream was lost",
  fields: { signal },
});

const failedOf = (stream: Tr101290Snapshot, priority: 1 | 2): Detail => {
  const failed = CHECK_NAMES.filter((check) => CHECKS[check].priority === priority && stream.checks[check].window > 0);
  const counts = Object.fromEntries(failed.map((check) => [CHECK_FIELDS[check], stream.checks[check].window]));
  const words = Object.entries(counts).map(([field, count]) => `${count} ${field}`);
  if (priority === 1 && stream.missingPids > 0) {
    words.push(`${stream.missingPids} PIDs missing`);
  }
  return { text: `TR 101 290 priority ${priority}: ${words.join(", ")} in the last second`, fields: counts };
};

const mdiDetail = ({ delayFactor, mediaLossRate }: NonNullable<ArrivalSnapshot["mdi"]>): Detail => {
  const delayFactorMs = Math.round(delayFactor / 100) / 10;
  return {
    text: `The media delivery index is ${delayFactorMs}:${Math.round(mediaLossRate)}`,
    fields: { delay_factor_ms: delayFactorMs, media_loss_rate: mediaLossRate },
  };
};
