export type BudgetBounds = { bytesPerSecond: number; burstBytes: number; messagesPerSecond: number; burstMessages: number };

/** What one node may send: so much each second, and what it did not use up to a bound. Times in milliseconds of any clock that does not go back. */
export class FrameBudget {
  readonly #bounds: BudgetBounds;
  #bytes: number;
  #messages: number;
  #filledAt: number;

  constructor(bounds: BudgetBounds, now: number) {
    this.#bounds = bounds;
    this.#bytes = bounds.burstBytes;
    this.#messages = bounds.burstMessages;
    this.#filledAt = now;
  }

  /** Takes a frame into account; false: it is more than the node may send. */
  take(bytes: number, now: number): boolean {
    this.#fill(now);
    this.#bytes -= bytes;
    this.#messages -= 1;
    const isWithin = this.#bytes >= 0 && this.#messages >= 0;
    // Nothing is owed: who comes back after a while begins with what has come in since.
    this.#bytes = Math.max(0, this.#bytes);
    this.#messages = Math.max(0, this.#messages);
    return isWithin;
  }

  /** Whether it is what a new one would be. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#bytes === this.#bounds.burstBytes && this.#messages === this.#bounds.burstMessages;
  }

  #fill(now: number): void {
    const seconds = Math.max(0, now - this.#filledAt) / 1_000;
    this.#filledAt = now;
    this.#bytes = Math.min(this.#bounds.burstBytes, this.#bytes + seconds * this.#bounds.bytesPerSecond);
    this.#messages = Math.min(this.#bounds.burstMessages, this.#messages + seconds * this.#bounds.messagesPerSecond);
  }
}
