import { NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** Of a look at most so much is passed over because the other one had no processor: a machine that is always full has an end, too. */
const MOST_STARVED = 0.75;

/**
 * How long one who looks now and then has waited for another. Only time that the other one had counts: not what the looking one came too
 * late, nor what the machine stood still. Nobody is given up at the look that finds him overdue, only at the next one: in between,
 * whatever waits in the pipe is read.
 */
export class Patience {
  readonly #span: Microseconds;
  readonly #lookEvery: Microseconds;
  /** The end of what is counted; NEVER when nothing is awaited. */
  #counted: Instant = NEVER;
  #waited: Microseconds = 0;
  #starved: Microseconds | undefined;

  /** `span`: what the other one has; `lookEvery`: what lies between two looks that are in time. */
  constructor(span: Microseconds, lookEvery: Microseconds) {
    this.#span = span;
    this.#lookEvery = lookEvery;
  }

  /** Something is awaited from now on; who waits already goes on. */
  begin(now: Instant): void {
    if (this.#counted === NEVER) {
      this.again(now);
    }
  }

  /** The other one has said something, and more is awaited. */
  again(now: Instant): void {
    this.#counted = now;
    this.#waited = 0;
    this.#starved = undefined;
  }

  end(): void {
    this.#counted = NEVER;
  }

  /** True when the other one is to be given up. `starved` says how long it has waited for a processor so far; it is asked when that matters. */
  look(now: Instant, starved: () => Microseconds): boolean {
    if (this.#counted === NEVER) {
      return false;
    }
    if (this.#waited >= this.#span) {
      return true;
    }
    const passed = Math.min(now - this.#counted, this.#lookEvery);
    const before = this.#starved;
    this.#starved = starved();
    this.#counted = now;
    this.#waited += passed - Math.min(MOST_STARVED * passed, before === undefined ? 0 : Math.max(0, this.#starved - before));
    return false;
  }
}
