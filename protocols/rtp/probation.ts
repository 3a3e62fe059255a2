import { sequenceDistance } from "./sequence.ts";

/** So many packets of a new source, or beyond a jump, make it the source. RFC 3550 appendix A.1 asks for 2: strays come in pairs, too. */
export const PROBATION = 3;

/** So far apart may they lie. RFC 3550 appendix A.1, MAX_MISORDER. */
const MAX_MISORDER = 100;

/**
 * Packets that do not fit the stream, until it is known whether a new one begins with them.
 * They are copies that the caller holds; their names are kept here.
 */
export class Probation {
  readonly #sequence = new Uint16Array(PROBATION);
  readonly #payload = new Int32Array(PROBATION);
  #ssrc = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  sequence(i: number): number {
    return this.#sequence[i] ?? 0;
  }

  payload(i: number): number {
    return this.#payload[i] ?? 0;
  }

  /** Whether a packet may come from the same new source as those that are here. */
  fits(ssrc: number, sequence: number): boolean {
    return this.#count > 0 && ssrc === this.#ssrc && Math.abs(sequenceDistance(this.sequence(0), sequence)) <= MAX_MISORDER;
  }

  /** Whether that very packet is here already. */
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
      if (sequenceDistance(lowest, this.sequence(i)) < 0) {
        lowest = this.sequence(i);
      }
    }
    return lowest;
  }

  /** Forgets their names. */
  clear(): void {
    this.#count = 0;
  }
}
