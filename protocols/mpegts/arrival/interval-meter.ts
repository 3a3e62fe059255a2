/** Smallest, mean and largest of the values of a window, and of all. */
export class IntervalMeter {
  readonly #now = new Extremes();
  readonly #closed = new Extremes();
  readonly #all = new Extremes();

  add(value: number): void {
    this.#now.add(value);
    this.#all.add(value);
  }

  closeWindow(): void {
    this.#closed.copy(this.#now);
    this.#now.clear();
  }

  /** Of the last window that was closed; `undefined` when it had none. */
  window(): Interval | undefined {
    return this.#closed.read();
  }

  /** Since the beginning. */
  lifetime(): Interval | undefined {
    return this.#all.read();
  }
}

export type Interval = { min: number; avg: number; max: number; count: number };

class Extremes {
  min = Infinity;
  max = -Infinity;
  sum = 0;
  count = 0;

  add(value: number): void {
    this.min = value < this.min ? value : this.min;
    this.max = value > this.max ? value : this.max;
    this.sum += value;
    this.count++;
  }

  copy(from: Extremes): void {
    this.min = from.min;
    this.max = from.max;
    this.sum = from.sum;
    this.count = from.count;
  }

  clear(): void {
    this.min = Infinity;
    this.max = -Infinity;
    this.sum = 0;
    this.count = 0;
  }

  read(): Interval | undefined {
    return this.count === 0 ? undefined : { min: this.min, avg: this.sum / this.count, max: this.max, count: this.count };
  }
}
