import type { Instant } from "@bilbycast/foundation/time";
import { difference, STAMP_WRAP } from "@bilbycast/protocols/mpegts";

/** Ticks of PTS and DTS in a microsecond. */
const TICKS_PER_US = 0.09;
/** A stamp so far ahead of the one before is still of the same clock: a stream may pause. Ticks. */
const AHEAD = 2 * 90_000;
/** So far back it is clamped, for streams whose stamps are not in order. */
const BACK = 9_000;
/** Least distance of two stamps of a stream: a millisecond, as coarse as anybody's clock here. */
const STEP = 90;
/** How far the streams of a program may lie apart in its multiplex. */
const APART = 5 * 90_000;

/** A clock of a source: what is to be added to its stamps. */
type Epoch = { offset: number; last: number };

/** Where a stamp lies; `isNew`: the stamp before it in its stream was of another clock. */
export type Placed = { ticks: number; isNew: boolean };

/**
 * One time line for the streams of a program, whatever its source does: the stamps of each stream go up, wraps and jumps of the clock
 * leave no gap but the time that passed, and sound stays with its picture. At a jump the clock before is kept as well, since what comes of the streams is
 * not cut at the same place.
 */
export class Timeline {
  #now: Epoch | undefined;
  #before: Epoch | undefined;
  /** Of each stream, what was placed last, and when. */
  readonly #last = new Map<number, { ticks: number; at: Instant; epoch: Epoch }>();

  /** Places a DTS of 33 bits; in ticks of 90 kHz from about 0 on, endless. `stream` tells the streams of the program apart. */
  place(stream: number, stamp: number, at: Instant): Placed {
    const last = this.#last.get(stream);
    const passed = last === undefined ? 0 : Math.max(0, (at - last.at) * TICKS_PER_US);
    for (const epoch of [this.#now, this.#before]) {
      if (epoch === undefined) {
        continue;
      }
      const endless = epoch.last + difference(stamp, epoch.last, STAMP_WRAP);
      const ticks = endless + epoch.offset;
      if (this.#fits(last?.ticks, ticks, passed)) {
        epoch.last = endless;
        return this.#keep(stream, last === undefined ? ticks : Math.max(ticks, last.ticks + STEP), at, epoch);
      }
    }
    const ticks = last === undefined ? this.#latest() : last.ticks + Math.max(STEP, Math.round(passed));
    this.#before = this.#now;
    this.#now = { offset: ticks - stamp, last: stamp };
    return this.#keep(stream, ticks, at, this.#now);
  }

  #fits(last: number | undefined, ticks: number, passed: number): boolean {
    return last === undefined
      ? Math.abs(ticks - this.#latest()) <= APART
      : ticks >= last - BACK && (ticks <= last + AHEAD || Math.abs(ticks - last - passed) <= AHEAD);
  }

  #latest(): number {
    let latest = 0;
    for (const { ticks } of this.#last.values()) {
      latest = Math.max(latest, ticks);
    }
    return latest;
  }

  #keep(stream: number, ticks: number, at: Instant, epoch: Epoch): Placed {
    const before = this.#last.get(stream);
    this.#last.set(stream, { ticks, at, epoch });
    return { ticks, isNew: before !== undefined && before.epoch !== epoch };
  }
}
