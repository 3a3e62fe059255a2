import type { EngineEvent, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";
import { partKey, type Sample } from "./sampler.ts";

/** Milliseconds without a packet after which an input is lost, and an output that should send is failing. */
const SILENCE = 3_000;

/** Milliseconds without trouble after which an output is well again: one that drops now and then raises one event and not many. */
const CALM = 10_000;

type InputMemory = {
  /** Since when nothing has come in. */
  quietSince: number | undefined;
  hasReceived: boolean;
  /** Units that it put on the bus so far, and whether there were any in this window. */
  published: number;
  feeds: boolean;
  /** As what the loss was told. */
  lostAs: "warning" | "critical" | undefined;
};

type OutputMemory = {
  counters: PartSnapshot["counters"];
  silentSince: number | undefined;
  failingSince: number | undefined;
  calmSince: number;
  /** Since when the source lacks the program that is sent, and whether that was told. */
  absentSince: number | undefined;
  toldAbsent: boolean;
};

/** What is wrong with an output that is open. */
type Ailment = { reason: "refused" | "dropping" | "silent"; sentence: string };

/**
 * Finds in the samples of a running edge what is worth an event: an input that falls silent or comes back, an output that is open
 * and does not get its packets away. Only changes are told. What cannot open is told by the engine itself.
 */
export class FlowWatch {
  #inputs = new Map<string, InputMemory>();
  #outputs = new Map<string, OutputMemory>();

  /** Feed it each window of the sampler once. */
  take(sample: Sample): EngineEvent[] {
    const inputs = new Map<string, InputMemory>();
    const outputs = new Map<string, OutputMemory>();
    const events: EngineEvent[] = [];
    for (const flow of sample.snapshot.flows) {
      if (flow.state === "running") {
        for (const part of flow.inputs) {
          this.#takeInput(flow, part, sample, inputs, events);
        }
        for (const part of flow.outputs) {
          const active = flow.activeInputId === undefined ? undefined : inputs.get(partKey(flow.id, "input", flow.activeInputId));
          this.#takeOutput(flow, part, sample, active?.feeds ?? false, outputs, events);
        }
      }
    }
    // What is not open now begins anew: its memory is left behind.
    this.#inputs = inputs;
    this.#outputs = outputs;
    return events;
  }

  #takeInput(flow: FlowSnapshot, part: PartSnapshot, sample: Sample, next: Map<string, InputMemory>, events: EngineEvent[]): void {
    const key = partKey(flow.id, "input", part.id);
    const rate = sample.rateByPart.get(key);
    if (part.state !== "running" || rate === undefined) {
      return;
    }
    const memory = this.#inputs.get(key) ?? { quietSince: undefined, hasReceived: false, published: 0, feeds: false, lostAs: undefined };
    next.set(key, memory);
    const published = part.counters["unitsPublished"] ?? 0;
    memory.feeds = published > memory.published;
    memory.published = published;
    const where = { flowId: flow.id, inputId: part.id };
    if (rate.packets > 0) {
      if (memory.lostAs !== undefined) {
        const message = `Input ${part.id} of flow ${flow.id} receives again`;
        events.push({ severity: "info", category: "flow", code: "input_regained", message, ...where, details: {} });
      }
      memory.quietSince = undefined;
      memory.hasReceived = true;
      memory.lostAs = undefined;
      return;
    }
    memory.quietSince ??= sample.at;
    const isActive = flow.activeInputId === part.id;
    // A standby that never had a source is not missed.
    const severity = isActive ? "critical" : memory.hasReceived ? "warning" : undefined;
    const isNews = memory.lostAs === undefined || (memory.lostAs === "warning" && severity === "critical");
    if (severity === undefined || !isNews || sample.at - memory.quietSince < SILENCE) {
      return;
    }
    memory.lostAs = severity;
    const message = `Nothing comes in on ${isActive ? "the active" : "the standby"} input ${part.id} of flow ${flow.id}`;
    const details = { active: isActive, seconds: Math.round((sample.at - memory.quietSince) / 1_000) };
    events.push({ severity, category: "flow", code: "input_lost", message, ...where, details });
  }

  #takeOutput(
    flow: FlowSnapshot,
    part: PartSnapshot,
    sample: Sample,
    isFed: boolean,
    next: Map<string, OutputMemory>,
    events: EngineEvent[],
  ): void {
    const key = partKey(flow.id, "output", part.id);
    const { at } = sample;
    if (part.state !== "running") {
      return;
    }
    const memory = this.#outputs.get(key);
    if (memory === undefined) {
      const fresh = { silentSince: undefined, failingSince: undefined, absentSince: undefined, toldAbsent: false };
      next.set(key, { counters: part.counters, calmSince: at, ...fresh });
      return;
    }
    next.set(key, memory);
    const ailment = ailmentOf(flow, part, sample, isFed, memory);
    memory.counters = part.counters;
    const where = { flowId: flow.id, outputId: part.id };
    watchProgram(flow, part, sample, isFed, memory, events);
    if (ailment !== undefined) {
      memory.calmSince = at;
      if (memory.failingSince === undefined) {
        memory.failingSince = at;
        const message = `Output ${part.id} of flow ${flow.id} ${ailment.sentence}`;
        const details = { reason: ailment.reason };
        events.push({ severity: "warning", category: "flow", code: "output_failing", message, ...where, details });
      }
    } else if (memory.failingSince !== undefined && at - memory.calmSince >= CALM) {
      const details = { seconds: Math.round((memory.calmSince - memory.failingSince) / 1_000) };
      memory.failingSince = undefined;
      const message = `Output ${part.id} of flow ${flow.id} sends everything again`;
      events.push({ severity: "info", category: "flow", code: "output_restored", message, ...where, details });
    }
  }
}

/** Tells when the source of an output lacks the only program that it sends, and when that is back. */
const watchProgram = (
  flow: FlowSnapshot,
  part: PartSnapshot,
  sample: Sample,
  isFed: boolean,
  memory: OutputMemory,
  events: EngineEvent[],
): void => {
  const where = { category: "flow", flowId: flow.id, outputId: part.id, details: {} };
  if (part.counters["programAbsent"] !== 1) {
    if (memory.toldAbsent) {
      const message = `Output ${part.id} of flow ${flow.id} has its program again`;
      events.push({ severity: "info", code: "program_returned", message, ...where });
    }
    memory.absentSince = undefined;
    memory.toldAbsent = false;
    return;
  }
  // Without packets nobody knows what the source has.
  memory.absentSince = isFed ? (memory.absentSince ?? sample.at) : undefined;
  if (!memory.toldAbsent && memory.absentSince !== undefined && sample.at - memory.absentSince >= SILENCE) {
    memory.toldAbsent = true;
    const message = `Output ${part.id} of flow ${flow.id} sends nothing: the source lacks its program`;
    events.push({ severity: "warning", code: "program_absent", message, ...where });
  }
};

/** What is wrong with an open output in this window. An output of a flow that carries nothing has nothing to send. */
const ailmentOf = (flow: FlowSnapshot, part: PartSnapshot, sample: Sample, isFed: boolean, memory: OutputMemory): Ailment | undefined => {
  const grown = (name: string): number => (part.counters[name] ?? 0) - (memory.counters[name] ?? 0);
  const sent = sample.rateByPart.get(partKey(flow.id, "output", part.id))?.packets ?? 0;
  // What waits for its program is told as that.
  if (isFed && sent === 0 && part.counters["programAbsent"] !== 1) {
    memory.silentSince ??= sample.at;
  } else {
    memory.silentSince = undefined;
  }
  if (grown("packetsRefused") > 0) {
    return { reason: "refused", sentence: "sends datagrams that the system refuses" };
  }
  if (grown("packetsDropped") > 0) {
    return { reason: "dropping", sentence: "is too slow and drops packets" };
  }
  return memory.silentSince !== undefined && sample.at - memory.silentSince >= SILENCE
    ? { reason: "silent", sentence: "sends nothing of what its flow carries" }
    : undefined;
};
