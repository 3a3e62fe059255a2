/** The last minutes of one number, a slot for each interval. A slot without a value is a gap and stays one. */
export class Series {
  readonly #values: Float64Array;
  readonly #intervalMs: number;
  /** The slot of the newest value, counted from the epoch. */
  #last = Number.NEGATIVE_INFINITY;

  /** 15 minutes of 10 s unless said otherwise: as wide as a sparkline is drawn. */
  constructor(slots = 90, intervalMs = 10_000) {
    this.#values = new Float64Array(slots).fill(Number.NaN);
    this.#intervalMs = intervalMs;
  }

  /** Later values of one slot take the place of earlier ones; what is older than the newest slot is passed over. */
  push(at: number, value: number | undefined): void {
    const slot = Math.floor(at / this.#intervalMs);
    if (slot < this.#last) {
      return;
    }
    const size = this.#values.length;
    const from = Math.max(this.#last + 1, slot - size + 1);
    for (let each = from; each <= slot; each += 1) {
      this.#values[each % size] = Number.NaN;
    }
    this.#last = slot;
    if (value !== undefined) {
      this.#values[slot % size] = value;
    }
  }

  /** Oldest first, up to `now`; `undefined` where nothing came. */
  values(now: number): (number | undefined)[] {
    const size = this.#values.length;
    const end = Math.floor(now / this.#intervalMs);
    return Array.from({ length: size }, (_, i) => {
      const slot = end - size + 1 + i;
      const value = slot > this.#last || slot <= this.#last - size ? Number.NaN : (this.#values[slot % size] ?? Number.NaN);
      return Number.isNaN(value) ? undefined : value;
    });
  }
}
