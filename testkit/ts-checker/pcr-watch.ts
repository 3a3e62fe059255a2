import type { Findings } from "./check-report.ts";
import { PIDS, type TsPacket } from "./ts-packet.ts";

/** 33 bits of 90 kHz, each 300 ticks of 27 MHz. */
const WRAP = 2 ** 33 * 300;
const TICKS_PER_MS = 27_000;

/** Program clock references: each lies a little after the one before, or says that time has changed. ISO/IEC 13818-1 §2.4.3.5, §2.7.2. */
export class PcrWatch {
  readonly #findings: Findings;
  readonly #longest: number;
  readonly #last = new Float64Array(PIDS).fill(-1);
  /** A discontinuity_indicator that came before the PCR that it is about. */
  readonly #isAnnounced = new Uint8Array(PIDS);

  constructor(findings: Findings, longestMs: number) {
    this.#findings = findings;
    this.#longest = longestMs * TICKS_PER_MS;
  }

  judge({ pid, pcr, discontinuityIndicator }: TsPacket, number: number): void {
    const isAnnounced = discontinuityIndicator || this.#isAnnounced[pid] === 1;
    this.#isAnnounced[pid] = Number(isAnnounced && pcr < 0);
    if (pcr < 0) {
      return;
    }
    const last = this.#last[pid] ?? -1;
    const step = (pcr - last + WRAP) % WRAP;
    if (last >= 0 && !isAnnounced && (step === 0 || step > this.#longest)) {
      const signed = step > WRAP / 2 ? step - WRAP : step;
      this.#findings.add("pcrJump", pid, number, `by ${(signed / TICKS_PER_MS).toFixed(3)} ms`);
    }
    this.#last[pid] = pcr;
  }
}
