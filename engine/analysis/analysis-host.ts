import { messageOf } from "@bilbycast/foundation/fault";
import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import { InputAnalysis } from "./input-analysis.ts";
import type { InputReport } from "./input-report.ts";
import { LaneListener } from "./lane-listener.ts";
import { TABLES_ALONE, type AnalysisMessage, type AnalysisOrder, type AnalysisWishes } from "./orders.ts";

/** Pauses are looked for this often. */
const EXPIRE_EVERY: Microseconds = 100_000;
const REPORT_EVERY: Microseconds = 1_000_000;

type Watched = { lane: number; analysis: InputAnalysis };

/** The inputs that are analysed, on the thread that does nothing else. Fed by `turn`. */
export class AnalysisHost {
  readonly #tell: (message: AnalysisMessage) => void;
  readonly #epochMs: () => number;
  readonly #lanes = new Map<number, LaneListener>();
  readonly #watched = new Map<number, Watched>();
  readonly #lostOf = new Map<number, number>();
  #expireAt = 0;
  #reportAt = 0;

  /** `epochMs`: milliseconds of the time of day at instant 0. */
  constructor(tell: (message: AnalysisMessage) => void, epochMs: () => number) {
    this.#tell = tell;
    this.#epochMs = epochMs;
  }

  obey(order: Exclude<AnalysisOrder, { do: "stop" }>): void {
    switch (order.do) {
      case "lane":
        this.#lanes.set(order.lane, new LaneListener(order.memory as WebAssembly.Memory, order.layout));
        break;
      case "endLane":
        this.#lanes.delete(order.lane);
        break;
      case "watch":
        this.#watch(order.tag, order.lane, order.wishes);
        break;
      case "forget":
        this.#watched.delete(order.tag);
    }
  }

  /** Looks at what has come. Returns how many units that were. */
  turn(now: Instant): number {
    let units = 0;
    for (const [lane, listener] of this.#lanes) {
      units += listener.read(
        (mark, bytes, at, length, arrival) => this.#take(mark, bytes, at, length, arrival),
        (lost) => this.#overrun(lane, lost),
      );
    }
    if (now >= this.#expireAt) {
      this.#expireAt = now + EXPIRE_EVERY;
      for (const [tag, watched] of this.#watched) {
        this.#expire(tag, watched, now);
      }
    }
    if (now >= this.#reportAt) {
      this.#reportAt = now + REPORT_EVERY;
      this.#report(now);
    }
    return units;
  }

  #watch(tag: number, lane: number, wishes: AnalysisWishes): void {
    const known = this.#watched.get(tag);
    if (known !== undefined) {
      known.analysis.wish(wishes);
      return;
    }
    this.#watched.set(tag, { lane, analysis: this.#make(tag, wishes) });
  }

  #make(tag: number, wishes: AnalysisWishes): InputAnalysis {
    return new InputAnalysis(wishes, this.#epochMs, (event) => this.#tell({ report: "event", tag, event }));
  }

  #take(mark: number, bytes: Uint8Array, at: number, length: number, arrival: Instant): void {
    const tag = mark % TABLES_ALONE;
    const watched = this.#watched.get(tag);
    try {
      if (mark === tag) {
        watched?.analysis.take(bytes, at, length, arrival);
      } else {
        watched?.analysis.takeTables(bytes, at, length, arrival);
      }
    } catch (cause) {
      this.#failed(tag, watched, cause);
    }
  }

  #expire(tag: number, watched: Watched, now: Instant): void {
    try {
      watched.analysis.expire(now);
    } catch (cause) {
      this.#failed(tag, watched, cause);
    }
  }

  /** An error of ours in one input's analysis ends that, which begins anew, and nothing else. */
  #failed(tag: number, watched: Watched | undefined, cause: unknown): void {
    if (watched !== undefined) {
      watched.analysis = this.#make(tag, watched.analysis.wishes);
    }
    this.#tell({
      report: "event",
      tag,
      event: {
        severity: "warning",
        category: "analysis",
        code: "analysis_failed",
        message: "The analysis of the input ended by an error of ours and begins anew.",
        details: { error: messageOf(cause) },
      },
    });
  }

  /** What was missed cannot be told from what the network lost: every input of the lane begins anew with its counters. */
  #overrun(lane: number, lost: number): void {
    this.#lostOf.set(lane, (this.#lostOf.get(lane) ?? 0) + lost);
    for (const watched of this.#watched.values()) {
      if (watched.lane === lane) {
        watched.analysis.lost();
      }
    }
  }

  #report(now: Instant): void {
    const inputs: { tag: number; report: InputReport }[] = [];
    for (const [tag, watched] of this.#watched) {
      try {
        inputs.push({ tag, report: watched.analysis.report(now) });
      } catch (cause) {
        this.#failed(tag, watched, cause);
      }
    }
    if (inputs.length > 0) {
      this.#tell({ report: "inputs", inputs });
    }
    for (const [lane, lost] of this.#lostOf) {
      this.#tell({ report: "overrun", lane, lost });
    }
    this.#lostOf.clear();
  }
}
