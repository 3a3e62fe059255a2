import { instant, type Instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { MediaAnalyser, type MediaAnalysis, type MediaEvent } from "../index.ts";

/** An analyser with its catalogue and a clock, fed with packets. */
export class Analysed {
  readonly events: MediaEvent[] = [];
  readonly catalogue = new PsiCatalogue();
  readonly analyser = new MediaAnalyser(this.catalogue, (event) => this.events.push(event));
  now: Instant = instant(0);

  /** Takes whole packets; each takes `step` microseconds. */
  feed(bytes: Uint8Array, step = 0): this {
    for (let at = 0; at + PACKET_SIZE <= bytes.length; at += PACKET_SIZE) {
      this.catalogue.push(bytes, at, this.now);
      this.analyser.push(bytes, at, this.now);
      this.now = instant(this.now + step);
    }
    return this;
  }

  /** What is known after that many microseconds more. */
  snapshot(after = 1_000_000): MediaAnalysis {
    this.now = instant(this.now + after);
    return this.analyser.snapshot(this.now);
  }
}
