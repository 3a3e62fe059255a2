/** What was seen just now: between two limits nothing begins and nothing ends. */
export type Seen = "bad" | "good" | "between";

export type Patience = { raiseAfterMs: number; clearAfterMs: number };

/** A condition that begins when it was bad for so long without a break, and ends when it was good for so long. Times in milliseconds. */
export class Hysteresis {
  readonly #patience: Patience;
  #since: number | undefined;
  isRaised: boolean;

  constructor(patience: Patience, isRaised = false) {
    this.#patience = patience;
    this.isRaised = isRaised;
  }

  /** Whether it begins or ends with this. */
  see(seen: Seen, now: number): "raise" | "clear" | undefined {
    if (seen !== (this.isRaised ? "good" : "bad")) {
      this.#since = undefined;
      return undefined;
    }
    this.#since ??= now;
    if (now - this.#since < (this.isRaised ? this.#patience.clearAfterMs : this.#patience.raiseAfterMs)) {
      return undefined;
    }
    this.#since = undefined;
    this.isRaised = !this.isRaised;
    return this.isRaised ? "raise" : "clear";
  }
}
