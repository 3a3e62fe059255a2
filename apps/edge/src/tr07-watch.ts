import type { EngineEvent, PartSnapshot } from "@bilbycast/engine/flow";
import { partKey, type Sample } from "./sampler.ts";

/** Milliseconds of a stream in sync without JPEG XS after which it is missed: longer than any table keeps away. */
const PATIENCE = 5_000;

type Memory = { told: "found" | "missing" | undefined; lacksSince: number | undefined };

/**
 * Watches inputs that are said to carry JPEG XS (VSF TR-07): tells when the stream is found, and when what comes instead has none.
 * An input without a signal is told of by others.
 */
export class Tr07Watch {
  #inputs = new Map<string, Memory>();

  /** Feed it each window of the sampler once. `expected`: ids of the inputs that are said to. */
  take(sample: Sample, expected: ReadonlySet<string>): EngineEvent[] {
    const inputs = new Map<string, Memory>();
    const events: EngineEvent[] = [];
    for (const flow of sample.snapshot.flows) {
      for (const part of flow.inputs) {
        if (part.state === "running" && expected.has(part.id)) {
          const key = partKey(flow.id, "input", part.id);
          const memory = this.#inputs.get(key) ?? { told: undefined, lacksSince: undefined };
          inputs.set(key, memory);
          const event = look(part, memory, sample.at);
          if (event !== undefined) {
            events.push({ ...event, category: "content_analysis", flowId: flow.id, inputId: part.id });
          }
        }
      }
    }
    this.#inputs = inputs;
    return events;
  }
}

const look = ({ id, analysis }: PartSnapshot, memory: Memory, at: number): Omit<EngineEvent, "category"> | undefined => {
  const checks = analysis?.tr101290;
  if (checks?.signal !== "in_sync") {
    memory.lacksSince = undefined;
    return undefined;
  }
  if (checks.tr07_compliant) {
    memory.lacksSince = undefined;
    const isNews = memory.told !== "found";
    memory.told = "found";
    const details = { pid: checks.jpeg_xs_pid };
    return isNews ? { severity: "info", code: "tr07_stream_found", message: `Input ${id} carries JPEG XS`, details } : undefined;
  }
  memory.lacksSince ??= at;
  if (memory.told === "missing" || at - memory.lacksSince < PATIENCE) {
    return undefined;
  }
  memory.told = "missing";
  const message = `Input ${id} is to carry JPEG XS, and no program of its stream has any`;
  return { severity: "warning", code: "tr07_stream_missing", message, details: {} };
};
