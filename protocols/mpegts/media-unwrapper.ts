import { difference, PCR_WRAP, STAMP_WRAP } from "./media-time.ts";

/**
 * Makes a media clock that wraps endless: each value lies the shorter way round from the one before, so a clock may also go back.
 * A difference of half a turn or more cannot be told from one the other way: 13 hours of a PTS or a PCR. Exact to 2^53 ticks.
 */
class MediaUnwrapper {
  readonly #wrap: number;
  /** The last value, endless; `undefined` before the first. */
  #last: number | undefined;

  constructor(wrap: number) {
    this.#wrap = wrap;
  }

  /** The endless value; the first is as it came. */
  unwrap(value: number): number {
    const last = this.#last;
    const endless = last === undefined ? value : last + difference(value, last, this.#wrap);
    this.#last = endless;
    return endless;
  }

  /** The endless value that `unwrap` would give, without going there: for a DTS beside a PTS. */
  near(value: number): number {
    const last = this.#last ?? value;
    return last + difference(value, last, this.#wrap);
  }

  /** The next value is a first one again: the source was changed. */
  reset(): void {
    this.#last = undefined;
  }
}

/** PTS and DTS: 33 bits, ticks of 90 kHz. ISO/IEC 13818-1 §2.4.3.7. */
export class StampUnwrapper extends MediaUnwrapper {
  constructor() {
    super(STAMP_WRAP);
  }
}

/** PCR and OPCR: a base of 33 bits times 300 and an extension, ticks of 27 MHz. §2.4.3.5. */
export class PcrUnwrapper extends MediaUnwrapper {
  constructor() {
    super(PCR_WRAP);
  }
}
