import { continuityCounter, discontinuityIndicator, hasPayload, NULL_PID, PID_COUNT } from "../packet.ts";

const UNSEEN = -1;

/** Follows the continuity counters of all PIDs. ISO/IEC 13818-1 §2.4.3.3. */
export class ContinuityCheck {
  readonly #last = new Int8Array(PID_COUNT).fill(UNSEEN);
  /** 1: the last packet of the PID was the second of its kind. */
  readonly #isDoubled = new Uint8Array(PID_COUNT);

  /**
   * False when the packet does not follow the one before it on its PID. One duplicate is allowed, a packet without payload repeats the
   * counter, and a discontinuity indicator begins anew.
   */
  follows(bytes: Uint8Array, at: number, pid: number): boolean {
    if (pid === NULL_PID) {
      return true;
    }
    const counter = continuityCounter(bytes, at);
    const last = this.#last[pid] ?? UNSEEN;
    this.#last[pid] = counter;
    if (last === UNSEEN || discontinuityIndicator(bytes, at)) {
      this.#isDoubled[pid] = 0;
      return true;
    }
    if (!hasPayload(bytes, at)) {
      return counter === last;
    }
    if (counter === last) {
      const isFirst = this.#isDoubled[pid] === 0;
      this.#isDoubled[pid] = 1;
      return isFirst;
    }
    this.#isDoubled[pid] = 0;
    return counter === ((last + 1) & 0x0f);
  }
}
