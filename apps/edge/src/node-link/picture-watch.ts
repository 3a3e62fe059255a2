import { WATCHED_PICTURES_MAX } from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";
import type { FlowEngine } from "../flow-engine.ts";

type Watched = { flowId: string; inputId: string | undefined; untilMs: number };

/** What the manager looks at, and until when: the engine is asked again each second, since it forgets after five. */
export class PictureWatch {
  readonly #engine: Pick<FlowEngine, "look">;
  readonly #watched = new Map<string, Watched>();

  constructor(engine: Pick<FlowEngine, "look">) {
    this.#engine = engine;
  }

  /** Throws the engine's Faults, and `preview_limit`. `seconds` 0 ends it. */
  watch(flowId: string, inputId: string | undefined, seconds: number, nowMs: number): number {
    const key = JSON.stringify([flowId, inputId]);
    if (seconds === 0) {
      this.#watched.delete(key);
      return nowMs;
    }
    if (!this.#watched.has(key) && this.#watched.size >= WATCHED_PICTURES_MAX) {
      throw new Fault("preview_limit", `${WATCHED_PICTURES_MAX} flows and inputs are shown live already`);
    }
    this.#engine.look(flowId, inputId);
    const untilMs = nowMs + seconds * 1_000;
    this.#watched.set(key, { flowId, inputId, untilMs });
    return untilMs;
  }

  /** Once a second. What can be seen no more, or has ended, is forgotten. */
  renew(nowMs: number): void {
    for (const [key, { flowId, inputId, untilMs }] of this.#watched) {
      try {
        if (untilMs <= nowMs) {
          this.#watched.delete(key);
        } else {
          this.#engine.look(flowId, inputId);
        }
      } catch {
        this.#watched.delete(key);
      }
    }
  }

  /** True while this input is watched, by itself or as its flow's. */
  isLive(flowId: string, inputId: string, isActive: boolean): boolean {
    return this.#watched.has(JSON.stringify([flowId, inputId])) || (isActive && this.#watched.has(JSON.stringify([flowId, undefined])));
  }

  clear(): void {
    this.#watched.clear();
  }
}
