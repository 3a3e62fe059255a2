import { PsiCatalogue } from "@bilbycast/protocols/mpegts";
import type { Instant } from "@bilbycast/foundation/time";
import { catalogueForm } from "./catalogue-form.ts";
import type { AnalysisEvent, InputReport } from "./input-report.ts";
import type { MediaEvent, Scte35Cue } from "./media/form.ts";
import { MediaAnalyser } from "./media/media-analyser.ts";
import type { AnalysisWishes } from "./orders.ts";
import { streamReasons } from "./stream-alarms.ts";
import { StreamAnalysis } from "./stream-analysis.ts";
import { arrivalForm, tr101290Form } from "./tr101290-form.ts";

/** What is looked for, and by whom: they share one catalogue. */
type Analysers = { stream: StreamAnalysis | undefined; catalogue: PsiCatalogue; media: MediaAnalyser };

/** Everything that is looked for in one input: its programs always, its faults and its media as wished. */
export class InputAnalysis {
  readonly #tell: (event: AnalysisEvent) => void;
  /** Milliseconds of the time of day at instant 0. */
  readonly #epochMs: () => number;
  #wishes: AnalysisWishes;
  #analysers: Analysers;
  /** Counts the catalogues of analysers that were given up, so that the tick never goes back. */
  #ticksBefore = 0;
  #reportedTick = 0;
  /** What came last was all that came. */
  #isWhole = true;

  constructor(wishes: AnalysisWishes, epochMs: () => number, tell: (event: AnalysisEvent) => void) {
    this.#tell = tell;
    this.#epochMs = epochMs;
    this.#wishes = wishes;
    this.#analysers = this.#make();
  }

  /** The programs of the input, as far as they are known. */
  get catalogue(): PsiCatalogue {
    return this.#analysers.catalogue;
  }

  get wishes(): AnalysisWishes {
    return this.#wishes;
  }

  /** Something else is looked for from now on. What goes on being looked for keeps what it knows. */
  wish(wishes: AnalysisWishes): void {
    const isOther = wishes.tr101290 !== this.#wishes.tr101290;
    this.#wishes = wishes;
    if (isOther) {
      this.#ticksBefore += this.#analysers.catalogue.revision;
      this.#analysers = this.#make();
    } else {
      this.#analysers.media.setEnabled(wishes.media);
    }
  }

  /** A unit that was chosen for its tables: nothing but the programs can be told from it. */
  takeTables(bytes: Uint8Array, at: number, length: number, arrival: Instant): void {
    this.#isWhole = false;
    this.#analysers.catalogue.take(bytes, at, at + length, arrival);
  }

  /** A unit of whole packets. */
  take(bytes: Uint8Array, at: number, length: number, arrival: Instant): void {
    const { stream, catalogue, media } = this.#analysers;
    if (!this.#isWhole) {
      this.#isWhole = true;
      this.lost();
    }
    if (stream === undefined) {
      catalogue.take(bytes, at, at + length, arrival);
    } else {
      stream.take(bytes, at, length, arrival);
    }
    media.take(bytes, at, at + length, arrival);
  }

  /** Units were missed by us, not by the network. */
  lost(): void {
    this.#analysers.stream?.lost();
    this.#analysers.media.lost();
  }

  /** Looks for what has not come; at least every 100 ms. */
  expire(now: Instant): void {
    this.#analysers.stream?.expire(now);
  }

  /** To be called once a second: ends the window, tells what changed in it, and says what is known. */
  report(now: Instant): InputReport {
    const { stream, catalogue, media } = this.#analysers;
    const epochMs = this.#epochMs();
    for (const { code, severity, message, details } of stream?.closeWindow(now) ?? []) {
      this.#tell({ severity, category: code.startsWith("tr101290") ? "tr101290" : "content_analysis", code, message, details });
    }
    const snapshot = stream?.snapshot();
    const catalogTick = this.#ticksBefore + catalogue.revision;
    const isNews = catalogTick !== this.#reportedTick;
    this.#reportedTick = catalogTick;
    return {
      catalogTick,
      ...(isNews ? { catalog: catalogueForm(catalogue, epochMs * 1_000) } : {}),
      ...(snapshot === undefined || snapshot.stream.signal === "waiting"
        ? {}
        : {
            tr101290: tr101290Form(snapshot.stream, snapshot.arrivals, epochMs),
            arrivals: arrivalForm(snapshot.arrivals),
            reasons: streamReasons(snapshot.stream),
          }),
      ...(this.#wishes.media ? { media: media.snapshot(now) } : {}),
    };
  }

  #make(): Analysers {
    const stream = this.#wishes.tr101290 ? new StreamAnalysis() : undefined;
    const catalogue = stream?.analyser.catalogue ?? new PsiCatalogue();
    const media = new MediaAnalyser(catalogue, (event) => this.#tell(asEvent(event)));
    media.setEnabled(this.#wishes.media);
    return { stream, catalogue, media };
  }
}

const asEvent = (event: MediaEvent): AnalysisEvent => ({
  severity: "info",
  category: "content_analysis",
  code: `content_analysis_${event.event}`,
  message:
    event.event === "scte35_pid"
      ? `The stream has SCTE 35 cues on PID ${event.details.pid}`
      : `SCTE 35 cue on PID ${event.details.pid}: ${cueWords(event.details)}`,
  details: event.details,
});

const cueWords = ({ command, segmentation_type: type, out_of_network: out, cancelled, duration_ms: duration }: Scte35Cue): string =>
  [
    command,
    ...(type === undefined ? [] : [type]),
    ...(out === undefined ? [] : [out ? "out of network" : "back to network"]),
    ...(cancelled === undefined ? [] : ["called off"]),
    ...(duration === undefined ? [] : [`${duration / 1_000} s`]),
  ].join(", ");
