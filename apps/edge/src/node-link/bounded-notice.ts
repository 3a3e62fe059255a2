/** Says the first of a kind, then the 10th, the 100th …: whoever sends rubbish does not fill the log with it. */
export class BoundedNotice {
  readonly #say: (count: number, facts: Readonly<Record<string, unknown>>) => void;
  #count = 0;
  #next = 1;

  constructor(say: (count: number, facts: Readonly<Record<string, unknown>>) => void) {
    this.#say = say;
  }

  note(facts: Readonly<Record<string, unknown>>): void {
    this.#count += 1;
    if (this.#count === this.#next) {
      this.#next *= 10;
      this.#say(this.#count, facts);
    }
  }
}
