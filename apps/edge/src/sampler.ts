import type { EngineSnapshot, PartSnapshot } from "@bilbycast/engine/flow";

/** How one part moved over the last window. */
export type PartRate = {
  /** Bits per second of media that came in or left. */
  bitrate: number;
  /** Packets that came in or left in the last window. */
  packets: number;
  /** Bits per second of payloads on the wire, what is sent again included, where the transport counts them. */
  wireBitrate: number;
  /** Microseconds from one of them to the next, at the mean; `undefined` when there were none. */
  interval?: number;
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

/** Ids may hold any character, so the length of the first one tells where the second begins. */
export const partKey = (flowId: string, side: "input" | "output", partId: string): string => `${side}${flowId.length} ${flowId}${partId}`;

/** Shortest time, in milliseconds, that a bit rate is taken over. */
const WINDOW = 1_000;
/** A window may end this much early: timers of the system do. */
const SLACK = 20;
/** Milliseconds that a loss weighs on the health of its flow. */
const LOSS_MEMORY = 60_000;

type Reading = { bytes: number; packets: number; wireBytes: number };
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
    const read = (key: string, reading: Reading): void => {
      readings.set(key, reading);
      rateByPart.set(key, rateOf(reading, this.#readings.get(key), elapsed));
    };
    for (const flow of snapshot.flows) {
      for (const { id, counters } of flow.inputs) {
        read(partKey(flow.id, "input", id), {
          bytes: counters["bytesReceived"] ?? 0,
          packets: counters["packetsReceived"] ?? 0,
          wireBytes: counters["dataBytesReceived"] ?? 0,
        });
      }
      for (const { id, counters } of flow.outputs) {
        read(partKey(flow.id, "output", id), {
          bytes: counters["bytesSent"] ?? 0,
          packets: counters["packetsSent"] ?? 0,
          wireBytes: counters["dataBytesSent"] ?? 0,
        });
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

const rateOf = (reading: Reading, former: Reading | undefined, elapsed: number): PartRate => {
  if (former === undefined || elapsed <= 0 || reading.bytes < former.bytes) {
    return { bitrate: 0, packets: reading.packets, wireBitrate: 0 };
  }
  const packets = reading.packets - former.packets;
  const bitrate = Math.round(((reading.bytes - former.bytes) * 8) / elapsed);
  const wireBitrate = Math.max(0, Math.round(((reading.wireBytes - former.wireBytes) * 8) / elapsed));
  const rate = { bitrate, packets, wireBitrate };
  return packets > 0 ? { ...rate, interval: Math.round((elapsed * 1e6) / packets) } : rate;
};

const sum = (parts: readonly PartSnapshot[], counter: string): number =>
  parts.reduce((total, part) => total + (part.counters[counter] ?? 0), 0);
