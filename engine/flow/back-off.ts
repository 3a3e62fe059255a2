import { NEVER, after, milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";

const FIRST = milliseconds(100);
const LONGEST = seconds(10);

/** What ran this long before it failed again begins anew with the shortest wait. */
const SOUND = seconds(60);

/** When to try again what failed: soon at first, then ever more rarely, and soon again after a sound run. */
export class BackOff {
  #wait: Microseconds = FIRST;
  #startedAt: Instant = NEVER;

  /** It runs. */
  started(now: Instant): void {
    this.#startedAt = now;
  }

  /** It failed, or could not be started: how long to wait. */
  failed(now: Instant): Microseconds {
    if (this.#startedAt !== NEVER && after(this.#startedAt, SOUND) <= now) {
      this.#wait = FIRST;
    }
    this.#startedAt = NEVER;
    const wait = this.#wait;
    this.#wait = Math.min(LONGEST, this.#wait * 2);
    return wait;
  }

  /** Goes on where another left off, for what was rebuilt. */
  adopt(other: BackOff): void {
    this.#wait = other.#wait;
  }
}
