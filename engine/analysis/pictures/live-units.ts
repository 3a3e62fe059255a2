import { after, milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** Between two pictures: five a second. */
const PICTURE_EVERY: Microseconds = milliseconds(200);
/** A stream that has nothing to begin with for so long is begun with anywhere. */
const PATIENCE: Microseconds = seconds(3);
/** Bytes that are gathered for one picture; a stream that has more in a fifth of a second is not shown live in between. */
const MOST_BYTES = 8_388_608;

/** Gathers the access units of a stream for five pictures a second. */
export class LiveUnits {
  readonly #give: (units: Uint8Array[], starts: boolean, takenAt: Instant) => void;
  #waitsSince: Instant;
  #units: Uint8Array[] = [];
  #bytes = 0;
  #starts = false;
  #hasBegun = false;
  #dueAt: Instant;

  /** `give` gets units in decoding order; `starts`: they begin with one that needs none before. */
  constructor(now: Instant, give: (units: Uint8Array[], starts: boolean, takenAt: Instant) => void) {
    this.#waitsSince = now;
    this.#dueAt = now;
    this.#give = give;
  }

  /** `begins`: it needs none before. `arrival`: when its first byte came. */
  add(unit: Uint8Array, begins: boolean, arrival: Instant): void {
    if (!this.#hasBegun && !begins && arrival < after(this.#waitsSince, PATIENCE)) {
      return;
    }
    if (begins && this.#units.length > 0) {
      // What one begins with that was lost stands at the front.
      this.#flush(arrival);
    }
    this.#starts ||= this.#units.length === 0 && (begins || !this.#hasBegun);
    this.#hasBegun = true;
    this.#units.push(unit);
    this.#bytes += unit.length;
    if (this.#bytes > MOST_BYTES) {
      this.restart(arrival);
    } else if (arrival >= this.#dueAt) {
      this.#flush(arrival);
    }
  }

  /** We have missed some: what comes refers to pictures that nobody has, up to the next one that needs none. */
  restart(now: Instant): void {
    this.#units = [];
    this.#bytes = 0;
    this.#starts = false;
    this.#hasBegun = false;
    this.#waitsSince = now;
  }

  #flush(arrival: Instant): void {
    const units = this.#units;
    const starts = this.#starts;
    this.#units = [];
    this.#bytes = 0;
    this.#starts = false;
    this.#dueAt = Math.max(after(this.#dueAt, PICTURE_EVERY), after(arrival, -PICTURE_EVERY)) as Instant;
    this.#give(units, starts, arrival);
  }
}
