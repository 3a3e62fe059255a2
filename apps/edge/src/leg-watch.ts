import type { EngineEvent, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";

/** Milliseconds after its opening in which a leg may come to its first packet before it is missed; where it is a connection, to that. */
const PATIENCE = 3_000;
const CONNECT_PATIENCE = 15_000;

const NAMES = ["leg1", "leg2"] as const;
type Leg = (typeof NAMES)[number];

/** What was told last of the two legs of a part, so that only changes are told. */
export type LegMemory = { since: number; lost: Record<Leg, boolean>; both: boolean };

export const newLegMemory = (at: number): LegMemory => ({ since: at, lost: { leg1: false, leg2: false }, both: false });

/**
 * Tells when one of two legs (SMPTE ST 2022-7) is lost and when it is back, and when both are lost. A leg of an input is lost when it
 * brings nothing for a second, a leg of an output when its socket cannot be opened or, where it is a connection, does not stand.
 */
export const watchLegs = (
  flow: FlowSnapshot,
  part: PartSnapshot,
  side: "input" | "output",
  at: number,
  memory: LegMemory,
): EngineEvent[] => {
  const states = NAMES.map((leg) => stateOf(part, side, leg));
  // Before the first packet of either leg there is nothing that one of them would lack.
  const hasBegun = states.some((state) => state === "up") || memory.both || Object.values(memory.lost).includes(true);
  const isEarly =
    (states.includes("silent") && at - memory.since < PATIENCE) ||
    (states.includes("not_connected") && at - memory.since < CONNECT_PATIENCE);
  if (!hasBegun || isEarly) {
    return [];
  }
  const where = { category: "redundancy", flowId: flow.id, ...(side === "input" ? { inputId: part.id } : { outputId: part.id }) };
  const what = `${side === "input" ? "Input" : "Output"} ${part.id} of flow ${flow.id}`;
  const events: EngineEvent[] = [];
  const areBothLost = states.every((state) => state !== "up");
  for (const [i, leg] of NAMES.entries()) {
    const state = states[i] ?? "up";
    const details = { leg: i + 1, reason: state };
    if (state === "up" && memory.lost[leg]) {
      events.push({
        severity: "info",
        code: "redundancy_leg_restored",
        message: `${what} has leg ${i + 1} again`,
        ...where,
        details: { leg: i + 1 },
      });
    } else if (state !== "up" && !memory.lost[leg] && !areBothLost) {
      const message = `${what} has lost leg ${i + 1} and runs on the other one`;
      events.push({ severity: "warning", code: "redundancy_leg_lost", message, ...where, details });
    }
    memory.lost[leg] = state !== "up";
  }
  if (areBothLost && !memory.both) {
    const details = { reasons: states };
    events.push({ severity: "critical", code: "redundancy_both_lost", message: `${what} has lost both legs`, ...where, details });
  }
  memory.both = areBothLost;
  return events;
};

type LegState = "up" | "silent" | "not_connected" | "not_open";

/** Of the legs that are connections: how many stand. */
const CONNECTIONS = { leg1: "connectionsOpen", leg2: "srtLeg2ConnectionsOpen" } as const;

const stateOf = ({ counters }: PartSnapshot, side: "input" | "output", leg: Leg): LegState => {
  if (counters[`${leg}Open`] !== 1) {
    return "not_open";
  }
  if (counters[CONNECTIONS[leg]] === 0) {
    return "not_connected";
  }
  return side === "output" || counters[`${leg}Up`] === 1 ? "up" : "silent";
};

/** Whether a part has two legs: at least one of them has been opened. */
export const hasLegs = ({ counters }: PartSnapshot): boolean => counters["leg1Open"] === 1 || counters["leg2Open"] === 1;
