import { FLOW_HEALTHS, type FlowSummary, type NodeSummary } from "../drivers/driver.ts";
import type { FlowStep, NodeStep } from "./packed-row.ts";

/** A mean that is made one value after the other. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: number | null): void {
    if (value !== null) {
      this.#sum += value;
      this.#count += 1;
    }
  }

  /** Of what came since it was asked last. */
  take(): number | null {
    const mean = this.#count === 0 ? null : this.#sum / this.#count;
    this.#sum = 0;
    this.#count = 0;
    return mean;
  }
}

class FlowSums {
  readonly #in = new Mean();
  readonly #out = new Mean();
  readonly #rtt = new Mean();
  #lost: number | null = null;
  #counter: number | null = null;
  #health = -1;
  /** Whether it was told of since the last step. */
  isHere = false;

  add({ bitrate_in_bps: bitrateIn, bitrate_out_bps: bitrateOut, health, packets_lost: counter, rtt_ms: rtt }: FlowSummary): void {
    this.isHere = true;
    this.#in.add(bitrateIn);
    this.#out.add(bitrateOut);
    this.#rtt.add(rtt);
    this.#health = Math.max(this.#health, health === null ? -1 : FLOW_HEALTHS.indexOf(health));
    if (counter !== null) {
      // A counter that is less than it was has begun anew: what it counts since then is what is known.
      this.#lost = (this.#lost ?? 0) + (this.#counter === null ? 0 : counter >= this.#counter ? counter - this.#counter : counter);
    }
    this.#counter = counter;
  }

  take(flowId: string): FlowStep {
    const step = {
      flowId,
      bitrateIn: this.#in.take(),
      bitrateOut: this.#out.take(),
      packetsLost: this.#lost,
      rttMs: this.#rtt.take(),
      health: this.#health < 0 ? null : this.#health,
    };
    this.#lost = null;
    this.#health = -1;
    this.isHere = false;
    return step;
  }
}

/** What one node told in a step, as it adds up. */
export class StepSums {
  readonly #cpu = new Mean();
  readonly #ram = new Mean();
  readonly #flows = new Map<string, FlowSums>();
  #count = 0;

  add({ cpu_percent: cpu, flows, ram_percent: ram }: NodeSummary): void {
    this.#count += 1;
    this.#cpu.add(cpu);
    this.#ram.add(ram);
    for (const flow of flows) {
      let sums = this.#flows.get(flow.flow_id);
      if (sums === undefined) {
        sums = new FlowSums();
        this.#flows.set(flow.flow_id, sums);
      }
      sums.add(flow);
    }
  }

  /** What came since it was asked last; undefined: nothing did. */
  take(): NodeStep | undefined {
    if (this.#count === 0) {
      return undefined;
    }
    this.#count = 0;
    const flows: FlowStep[] = [];
    for (const [flowId, sums] of this.#flows) {
      if (sums.isHere) {
        flows.push(sums.take(flowId));
      } else {
        this.#flows.delete(flowId);
      }
    }
    return { cpuPercent: this.#cpu.take(), ramPercent: this.#ram.take(), flows };
  }
}

/** Several steps as one: means of what is known, what was lost in all, the worst health. */
export const mergeSteps = (steps: readonly NodeStep[]): NodeStep => {
  const mean = (values: readonly (number | null)[]): number | null => {
    const sum = new Mean();
    values.forEach((value) => sum.add(value));
    return sum.take();
  };
  const byFlow = Map.groupBy(
    steps.flatMap(({ flows }) => flows),
    ({ flowId }) => flowId,
  );
  return {
    cpuPercent: mean(steps.map(({ cpuPercent }) => cpuPercent)),
    ramPercent: mean(steps.map(({ ramPercent }) => ramPercent)),
    flows: [...byFlow].map(([flowId, of]) => ({
      flowId,
      bitrateIn: mean(of.map(({ bitrateIn }) => bitrateIn)),
      bitrateOut: mean(of.map(({ bitrateOut }) => bitrateOut)),
      packetsLost: of.reduce<number | null>((lost, { packetsLost }) => (packetsLost === null ? lost : (lost ?? 0) + packetsLost), null),
      rttMs: mean(of.map(({ rttMs }) => rttMs)),
      health: of.reduce<number | null>((worst, { health }) => (health === null ? worst : Math.max(worst ?? 0, health)), null),
    })),
  };
};
