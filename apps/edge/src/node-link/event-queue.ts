import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";

/**
 * Events on their way to the manager, in order. One stays until the other end has confirmed it: what was sent on a connection that
 * then broke is sent again on the next. When it is full the oldest info goes, else the oldest warning, else the oldest, and is counted.
 */
export class EventQueue {
  readonly #capacity: number;
  #events: { number: number; event: EdgeEventRecord }[] = [];
  #numbers = 0;
  /** How many at the head were sent on the present connection. */
  #sent = 0;
  /** Since the start. */
  dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Events that are not confirmed. */
  get size(): number {
    return this.#events.length;
  }

  push(event: EdgeEventRecord): void {
    if (this.#events.length >= this.#capacity) {
      this.#giveUp();
    }
    this.#numbers += 1;
    this.#events.push({ number: this.#numbers, event });
  }

  /** The next event for the present connection; `undefined` when all were sent. */
  next(): { number: number; event: EdgeEventRecord } | undefined {
    const entry = this.#events[this.#sent];
    if (entry !== undefined) {
      this.#sent += 1;
    }
    return entry;
  }

  /** Everything up to this number has arrived. */
  confirm(number: number): void {
    const index = this.#events.findIndex((entry) => entry.number > number);
    const count = Math.min(this.#sent, index < 0 ? this.#events.length : index);
    this.#events.splice(0, count);
    this.#sent -= count;
  }

  /** Another connection: nothing was sent on it. */
  rewind(): void {
    this.#sent = 0;
  }

  #giveUp(): void {
    const found = ["info", "warning"].map((severity) => this.#events.findIndex(({ event }) => event.severity === severity));
    const index = found.find((candidate) => candidate >= 0) ?? 0;
    this.#events.splice(index, 1);
    this.#sent -= index < this.#sent ? 1 : 0;
    this.dropped += 1;
  }
}
