import { PACKET_SIZE, PsiCatalogue, Tr101290 } from "@bilbycast/protocols/mpegts";
import type { Instant } from "@bilbycast/foundation/time";
import type { AnalysisEvent, InputReport } from "./input-report.ts";
import type { AnalysisWishes } from "./orders.ts";

/** Everything that is looked for in one input. */
export class InputAnalysis {
  readonly #tell: (event: AnalysisEvent) => void;
  wishes: AnalysisWishes;
  #checks: Tr101290 | undefined;
  #catalogue: PsiCatalogue;
  #reportedTick = -1;

  constructor(wishes: AnalysisWishes, tell: (event: AnalysisEvent) => void) {
    this.#tell = tell;
    this.wishes = wishes;
    this.#checks = wishes.tr101290 ? new Tr101290() : undefined;
    this.#catalogue = this.#checks?.catalogue ?? new PsiCatalogue();
  }

  get hasSomething(): boolean {
    return this.#catalogue.revision > 0 || (this.#checks?.packets ?? 0) > 0;
  }

  wish(wishes: AnalysisWishes): void {
    this.wishes = wishes;
  }

  take(bytes: Uint8Array, at: number, length: number, arrival: Instant): void {
    for (let p = at; p < at + length; p += PACKET_SIZE) {
      if (this.#checks === undefined) {
        this.#catalogue.push(bytes, p, arrival);
      } else {
        this.#checks.push(bytes, p, arrival);
      }
    }
  }

  lost(): void {}

  expire(now: Instant): void {
    this.#checks?.expire(now);
  }

  report(_now: Instant): InputReport {
    return { catalogTick: this.#catalogue.revision };
  }
}
