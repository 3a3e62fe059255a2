import type { Instant } from "@bilbycast/foundation/time";
import { distance } from "./sequence.ts";

/** So many packets of a new source, or beyond a jump, may be one. RFC 3550 appendix A.1 asks for 2: strays come in pairs, too. */
export const PROBATION = 3;

/** So far apart may they lie. RFC 3550 appendix A.1, MAX_MISORDER. */
const MAX_MISORDER = 100;

/** What of a path does not fit the stream: its latest packets, kept, and the last source of which that many came in a row. */
export class Candidate {
  readonly #sequence = new Uint16Array(PROBATION);
  readonly #payload = new Int32Array(PROBATION);
  #ssrc = 0;
  #count = 0;
  #seenSsrc = 0;
  #seenSequence = 0;
  #seenAt = -Infinity;

  get count(): number {
    return this.#count;
  }

  get ssrc(): number {
    return this.#ssrc;
  }

  sequence(i: number): number {
    return this.#sequence[i] ?? 0;
  }

  payload(i: number): number {
    return this.#payload[i] ?? 0;
  }

  fits(ssrc: number, sequence: number): boolean {
    return this.#count > 0 && ssrc === this.#ssrc && Math.abs(distance(this.sequence(0), sequence)) <= MAX_MISORDER;
  }

  has(sequence: number): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#sequence[i] === sequence) {
        return true;
      }
    }
    return false;
  }

  add(ssrc: number, sequence: number, payload: number): void {
    this.#ssrc = ssrc;
    this.#sequence[this.#count] = sequence;
    this.#payload[this.#count++] = payload;
  }

  /** The sequence number among them that comes first. */
  lowest(): number {
    let lowest = this.sequence(0);
    for (let i = 1; i < this.#count; i++) {
      if (distance(lowest, this.sequence(i)) < 0) {
        lowest = this.sequence(i);
      }
    }
    return lowest;
  }

  clear(): void {
    this.#count = 0;
  }

  /** There are enough of them, and they are not followed: what they were is remembered. */
  refuse(now: Instant): void {
    this.#seenSsrc = this.#ssrc;
    this.#seenSequence = this.sequence(this.#count - 1);
    this.#seenAt = now;
    this.#count = 0;
  }

  /** Whether packets like these were refused since `since`, not further than `reach` sequence numbers away. */
  wasRefused(ssrc: number, sequence: number, since: number, reach: number): boolean {
    return this.#seenAt >= since && this.#seenSsrc === ssrc && Math.abs(distance(this.#seenSequence, sequence)) < reach;
  }
}
