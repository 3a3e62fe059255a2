import type { Microseconds } from "@bilbycast/foundation/time";

/** Weight of one more pair of copies on the lag of a path: about so many set it anew. */
const PAIRS = 32;

/** Slower than any decoder's clock may run off (30 parts per million, ISO/IEC 13818-1 §2.4.2.1): the timeline moves unseen. */
const DRIFT = 1 / 40_000;

/** Where the timeline leaves a path no room it must move soon: nothing is protected until then. */
const HASTE = 1 / 500;

/**
 * How far each of the two paths lags behind one timeline, that on which packets leave. Measured by the packets that came over both.
 * It needs no clock of the sender: the lag of a path that is gone is kept, so that packets of the other one leave as if nothing had happened.
 */
export class PathLags {
  readonly #lag = new Float64Array(2);
  readonly #known = new Uint8Array(2);

  /** Microseconds; 0 while nothing is known. */
  of(path: number): Microseconds {
    return this.#lag[path] ?? 0;
  }

  isKnown(path: number): boolean {
    return this.#known[path] === 1;
  }

  /** How much later path 1 comes than path 0, in microseconds; 0 before the first packet came over both. */
  get skew(): Microseconds {
    return this.isKnown(0) && this.isKnown(1) ? this.of(1) - this.of(0) : 0;
  }

  /** The first packet of all came over this path and sets the timeline. */
  begin(path: number): void {
    if (!this.isKnown(0) && !this.isKnown(1)) {
      this.#known[path] = 1;
    }
  }

  /**
   * A packet came over path `first`, and over the other `later`. The path that comes first as a rule stays where it is, so that
   * packets that are out of the rule move no timeline.
   */
  pair(first: number, later: Microseconds): void {
    const sample = first === 0 ? later : -later;
    if (!this.isKnown(0) || !this.isKnown(1)) {
      const known = this.isKnown(0) ? 0 : 1;
      this.#lag[1 - known] = this.of(known) + (known === 0 ? sample : -sample);
      this.#known[1 - known] = 1;
      return;
    }
    const step = (sample - this.skew) / PAIRS;
    if (this.skew >= 0) {
      this.#lag[1] = this.of(1) + step;
    } else {
      this.#lag[0] = this.of(0) - step;
    }
  }

  /** Moves the timeline to the earlier of two paths that are there, too slowly to be seen. `room`: lag up to which a path protects. */
  center(elapsed: Microseconds, room: Microseconds): void {
    if (!this.isKnown(0) || !this.isKnown(1)) {
      return;
    }
    const least = Math.min(this.of(0), this.of(1));
    const isTight = least > 0 && Math.max(this.of(0), this.of(1)) > room;
    const most = elapsed * (isTight ? HASTE : DRIFT);
    const step = Math.max(-most, Math.min(most, least));
    this.#lag[0] = this.of(0) - step;
    this.#lag[1] = this.of(1) - step;
  }
}
