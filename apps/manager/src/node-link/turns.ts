/** Milliseconds of one turn of the event loop that may go into what can wait. */
const SLICE = 8;

/**
 * Work that can wait, done a little in each turn of the event loop and in the order in which it came. What answers people takes many turns, one
 * for each word with the database and the node: while a thousand nodes wait to be read it must not wait for all of them in each.
 */
export class Turns {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  #next = 0;
  #isDue = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(work: () => void): void {
    this.#waiting.push(work);
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#isDue) {
      this.#isDue = true;
      setImmediate(() => this.#turn());
    }
  }

  #turn(): void {
    this.#isDue = false;
    const end = this.#now() + SLICE;
    do {
      const work = this.#waiting[this.#next];
      this.#next += 1;
      work?.();
    } while (this.#next < this.#waiting.length && this.#now() < end);
    if (this.#next < this.#waiting.length) {
      this.#schedule();
    }
    if (this.#next > this.#waiting.length / 2) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }
}
