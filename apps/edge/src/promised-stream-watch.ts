import type { EngineEvent, PartSnapshot } from "@bilbycast/engine/flow";
import { partKey, type PartRate, type Sample } from "./sampler.ts";

/** Milliseconds of a stream that is there without what it is said to carry, after which that is missed: longer than any table keeps away. */
const PATIENCE = 5_000;

type Memory = { told: "found" | "missing" | undefined; lacksSince: number | undefined };

/** What an input is said to carry: how it is known, and how it is told. */
export type Promised = {
  /** The details of what was found; `absent` when the stream has none, `undefined` while nobody can know. */
  look: (part: PartSnapshot, rate: PartRate | undefined) => Readonly<Record<string, unknown>> | "absent" | undefined;
  found: { code: string; message: (id: string) => string };
  missing: { code: string; message: (id: string) => string };
};

/**
 * Watches inputs that are said to carry something: tells when it is found, and when what comes instead has none.
 * An input without a signal is told of by others.
 */
export class PromisedStreamWatch {
  readonly #promised: Promised;
  #inputs = new Map<string, Memory>();

  constructor(promised: Promised) {
    this.#promised = promised;
  }

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
          const event = this.#judge(part, sample.rateByPart.get(key), memory, sample.at);
          if (event !== undefined) {
            events.push({ ...event, category: "content_analysis", flowId: flow.id, inputId: part.id });
          }
        }
      }
    }
    this.#inputs = inputs;
    return events;
  }

  #judge(part: PartSnapshot, rate: PartRate | undefined, memory: Memory, at: number): Omit<EngineEvent, "category"> | undefined {
    const { look, found, missing } = this.#promised;
    const seen = look(part, rate);
    if (seen !== "absent") {
      memory.lacksSince = undefined;
      if (seen === undefined || memory.told === "found") {
        return undefined;
      }
      memory.told = "found";
      return { severity: "info", code: found.code, message: found.message(part.id), details: seen };
    }
    memory.lacksSince ??= at;
    if (memory.told === "missing" || at - memory.lacksSince < PATIENCE) {
      return undefined;
    }
    memory.told = "missing";
    return { severity: "warning", code: missing.code, message: missing.message(part.id), details: {} };
  }
}
