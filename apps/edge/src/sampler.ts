import type { EngineSnapshot, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";

/** How one part moved over the last window. */
type PartRate = {
  /** Bits per second of media that came in or left. */
  bitrate: number;
  /** Packets that came in or left in the last window. */
  packets: number;
};

/** The engine's counters at one moment, and what changed since the moment before. */
export type Sample = {
  /** Milliseconds, monotonic. */
  at: number;
  snapshot: EngineSnapshot;
  rateByPart: ReadonlyMap<string, PartRate>;
  /** Packets lost or dropped by a flow over the last minute. */
  lossByFlow: ReadonlyMap<string, FlowLoss>;
};

export type FlowLoss = { lost: number; dropped: number };

export const partKey = (flowId: string, side: "input" | "output", partId: string): string => JSON.stringify([flowId, side, partId]);

/** Shortest time, in milliseconds, that a bit rate is taken over. */
const WINDOW = 1_000;
/** A window may end this much early: timers of the system do. */
const SLACK = 20;
/** Milliseconds that a loss weighs on the health of its flow. */
const LOSS_MEMORY = 60_000;

type Reading = { bytes: number; packets: number };
type LossStep = { at: number; lost: number; dropped: number };

/** Turns counters that only grow into rates. Feed it about once a second; time is an argument. */
export class Sampler {
  #sample: Sample | undefined;
  #readings = new Map<string, Reading>();
  #losses = new Map<string, { total: FlowLoss; steps: LossStep[] }>();

  get last(): Sample | undefined {
    return this.#sample;
  }

  /** Takes a snapshot at `at` (milliseconds, monotonic). One that follows the last by less than a window keeps the former rates. */
  take(snapshot: EngineSnapshot, at: number): Sample {
    const former = this.#sample;
    if (former !== undefined && at - former.at < WINDOW - SLACK) {
      return { ...former, snapshot };
    }
    const elapsed = former === undefined ? 0 : (at - former.at) / 1_000;
    const readings = new Map<string, Reading>();
    const rateByPart = new Map<string, PartRate>();
    for (const flow of snapshot.flows) {
      for (const [key, reading] of readingsOf(flow)) {
        readings.set(key, reading);
        rateByPart.set(key, rateOf(reading, this.#readings.get(key), elapsed));
      }
    }
    this.#readings = readings;
    this.#sample = { at, snapshot, rateByPart, lossByFlow: this.#lossOf(snapshot, at) };
    return this.#sample;
  }

  #lossOf(snapshot: EngineSnapshot, at: number): Map<string, FlowLoss> {
    const losses = new Map<string, { total: FlowLoss; steps: LossStep[] }>();
    const recent = new Map<string, FlowLoss>();
    for (const flow of snapshot.flows) {
      const total = { lost: sum(flow.inputs, "packetsLost"), dropped: sum(flow.outputs, "packetsDropped") };
      const former = this.#losses.get(flow.id);
      // A counter that is smaller than before belongs to a part that was opened anew.
      const lost = former === undefined ? 0 : Math.max(0, total.lost - former.total.lost);
      const dropped = former === undefined ? 0 : Math.max(0, total.dropped - former.total.dropped);
      const steps = (former?.steps ?? []).filter((step) => at - step.at < LOSS_MEMORY);
      if (lost > 0 || dropped > 0) {
        steps.push({ at, lost, dropped });
      }
      losses.set(flow.id, { total, steps });
      recent.set(flow.id, {
        lost: steps.reduce((count, step) => count + step.lost, 0),
        dropped: steps.reduce((count, step) => count + step.dropped, 0),
      });
    }
    this.#losses = losses;
    return recent;
  }
}

const readingsOf = (flow: FlowSnapshot): [string, Reading][] => [
  ...flow.inputs.map((part): [string, Reading] => [
    partKey(flow.id, "input", part.id),
    { bytes: part.counters["bytesReceived"] ?? 0, packets: part.counters["packetsReceived"] ?? 0 },
  ]),
  ...flow.outputs.map((part): [string, Reading] => [
    partKey(flow.id, "output", part.id),
    { bytes: part.counters["bytesSent"] ?? 0, packets: part.counters["packetsSent"] ?? 0 },
  ]),
];

const rateOf = (reading: Reading, former: Reading | undefined, elapsed: number): PartRate => {
  if (former === undefined || elapsed <= 0 || reading.bytes < former.bytes) {
    return { bitrate: 0, packets: reading.packets };
  }
  return { bitrate: Math.round(((reading.bytes - former.bytes) * 8) / elapsed), packets: reading.packets - former.packets };
};

const sum = (parts: readonly PartSnapshot[], counter: string): number =>
  parts.reduce((total, part) => total + (part.counters[counter] ?? 0), 0);
