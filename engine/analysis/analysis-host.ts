import { messageOf } from "@bilbycast/foundation/fault";
import type { Instant, Microseconds } from "@bilbycast/foundation/time";
import { InputAnalysis } from "./input-analysis.ts";
import type { InputReport } from "./input-report.ts";
import { LaneListener } from "./lane-listener.ts";
import { PicturePicker } from "./pictures/picture-picker.ts";
import { PicturePost } from "./pictures/picture-post.ts";
import { TABLES_ALONE, type AnalysisMessage, type AnalysisOrder, type AnalysisWishes } from "./orders.ts";

/** Pauses are looked for this often. */
const EXPIRE_EVERY: Microseconds = 100_000;
const REPORT_EVERY: Microseconds = 1_000_000;

type Watched = { lane: number; analysis: InputAnalysis; picker: PicturePicker };

/** The inputs that are analysed, on the thread that does nothing else. Fed by `turn`. */
export class AnalysisHost {
  readonly #tell: (message: AnalysisMessage) => void;
  readonly #epochMs: () => number;
  readonly #lanes = new Map<number, LaneListener>();
  readonly #watched = new Map<number, Watched>();
  readonly #lostOf = new Map<number, number>();
  readonly #post = new PicturePost();
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
        this.#forget(order.tag);
        break;
      case "capture":
        this.#watched.get(order.tag)?.picker.capture();
        break;
      case "pictures":
        this.#post.open(order.port);
    }
  }

  /** Ends what keeps its thread alive. */
  close(): void {
    this.#post.close();
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
      known.picker.wish(wishes.pictures);
      if (wishes.pictures === undefined) {
        this.#post.send({ ask: "end", source: tag });
      }
      return;
    }
    this.#watched.set(tag, { lane, analysis: this.#make(tag, wishes), picker: this.#makePicker(tag, wishes) });
  }

  #forget(tag: number): void {
    if (this.#watched.delete(tag)) {
      this.#post.send({ ask: "end", source: tag });
    }
  }

  #makePicker(tag: number, { pictures }: AnalysisWishes): PicturePicker {
    const picker = new PicturePicker(({ takenAt, ...units }) => {
      const takenAtMs = this.#epochMs() + takenAt / 1_000;
      this.#post.send({ ...units, source: tag, name: picker.wishes?.name ?? "", takenAtMs });
    });
    picker.wish(pictures);
    return picker;
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
        watched?.picker.take(bytes, at, at + length, watched.analysis.catalogue, arrival);
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
      const { wishes } = watched.analysis;
      watched.analysis = this.#make(tag, wishes);
      watched.picker = this.#makePicker(tag, wishes);
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
        watched.picker.lost();
      }
    }
  }

  #report(now: Instant): void {
    const inputs: { tag: number; report: InputReport }[] = [];
    for (const [tag, watched] of this.#watched) {
      try {
        const pictureTrouble = watched.picker.trouble(now, this.#epochMs());
        inputs.push({ tag, report: { ...watched.analysis.report(now), ...(pictureTrouble === undefined ? {} : { pictureTrouble }) } });
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
