import type { FaultBody } from "@bilbycast/foundation/fault";
import type { AnalysisEvent } from "@bilbycast/engine/analysis";
import type { EventReport } from "@bilbycast/engine/transport";
import type { EngineEventCode } from "./codes.ts";
import { whereIs } from "./flow-parts.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { BandwidthState, EngineEvent } from "./spec.ts";
import { eventOfWhole } from "./spread.ts";

/** What becomes of flows and parts, as events for people. */
export class FlowEvents {
  readonly #tell: (event: EngineEvent) => void;

  constructor(tell: (event: EngineEvent) => void) {
    this.#tell = (event) => {
      const told = eventOfWhole(event);
      if (told !== undefined) {
        tell(told);
      }
    };
  }

  flow(severity: EngineEvent["severity"], code: EngineEventCode, message: string, rest: Partial<EngineEvent>): void {
    this.#tell({ severity, category: "flow", code, message, ...rest });
  }

  part(code: EngineEventCode, flow: RunningFlow, part: RunningPart, what: string): void {
    this.flow("info", code, `${nameOf(part)} ${what}.`, whereIs(flow, part));
  }

  /** What a session says of itself. */
  session(flow: RunningFlow, part: RunningPart, event: EventReport): void {
    const { severity, category = part.spec.kind, code, message, details } = event;
    const more = details === undefined ? {} : { details };
    this.#tell({ severity, category, code, message, ...whereIs(flow, part), ...more });
  }

  /** What the analysers say of an input. */
  analysis(flow: RunningFlow, part: RunningPart, { details, ...event }: AnalysisEvent): void {
    this.#tell({ ...event, ...whereIs(flow, part), ...(details === undefined ? {} : { details }) });
  }

  partFailed(flow: RunningFlow, part: RunningPart, fault: FaultBody): void {
    this.#tell({
      severity: part.direction === "input" ? "critical" : "warning",
      category: part.spec.kind,
      code: fault.code,
      message: `${nameOf(part)} does not run: ${fault.message}`,
      ...whereIs(flow, part),
      details: { ...fault.details },
    });
  }

  /** How the rate of a flow stands to its bound now, and stood before: `bitrate` is the last sample's. */
  bandwidth({ spec, bandwidth: state }: RunningFlow, bitrate: number): void {
    const current = megabits(bitrate);
    const limit = megabits(spec.bandwidth?.maxBitrate ?? 0);
    const { severity, code, words } = BANDWIDTH[state];
    const message = `Flow ${spec.id} ${words}: ${current} of ${limit} Mbit/s.`;
    const details = { current_mbps: current, limit_mbps: limit, action: spec.bandwidth?.action ?? "alarm" };
    this.#tell({ severity, category: "bandwidth", code, message, flowId: spec.id, details });
  }

  /** Once for each thing that a part asks for and does not get. */
  lacks(flow: RunningFlow, part: RunningPart): void {
    const { lacking } = part;
    part.lacking = [];
    for (const lack of lacking) {
      const key = `${lack.capability} ${lack.field}`;
      if (!part.toldLacks.has(key)) {
        part.toldLacks.add(key);
        const why = lack.reason ?? `the backend ${flow.lane.backend} cannot do it`;
        this.flow("warning", "backend_lacks", `${nameOf(part)} runs without what its ${lack.field} asks for: ${why}.`, {
          ...whereIs(flow, part),
          details: { ...lack },
        });
      }
    }
  }
}

const BANDWIDTH = {
  normal: { severity: "info", code: "bandwidth_normal", words: "is within its bandwidth limit again" },
  exceeded: { severity: "warning", code: "bandwidth_exceeded", words: "is over its bandwidth limit" },
  blocked: { severity: "critical", code: "bandwidth_blocked", words: "is over its bandwidth limit and blocked" },
} as const satisfies Record<BandwidthState, { severity: EngineEvent["severity"]; code: EngineEventCode; words: string }>;

/** To the kilobit. */
const megabits = (bitrate: number): number => Math.round(bitrate / 1e3) / 1e3;

const nameOf = ({ direction, spec }: RunningPart): string => `${direction === "input" ? "Input" : "Output"} ${spec.id}`;
