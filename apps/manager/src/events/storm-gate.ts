/** Events that one node may tell in a minute. */
export const EVENTS_PER_MINUTE = 1_000;
/** Things of which the newest word is kept while more is not taken. */
const MOST_HELD = 256;
const MINUTE = 60_000;

/** What is to become of an event: into the database; nowhere; or it is the first of a storm, which is told instead. */
export type Passage = "pass" | "first" | "held";

/**
 * Lets so many events of one node through in a minute. Of those beyond, the newest on each thing waits for the end of the minute: whatever
 * a storm was about, its last word comes in, and no alarm stays for want of what clears it.
 */
export class StormGate<Event> {
  #minuteEnds = 0;
  #passed = 0;
  #suppressed = 0;
  readonly #held = new Map<string, Event>();

  take(event: Event, thing: string, now: number): Passage {
    if (now >= this.#minuteEnds && this.#suppressed === 0) {
      this.#minuteEnds = now + MINUTE;
      this.#passed = 0;
    }
    if (now < this.#minuteEnds && this.#passed < EVENTS_PER_MINUTE) {
      this.#passed += 1;
      return "pass";
    }
    this.#suppressed += 1;
    this.#held.delete(thing);
    if (this.#held.size < MOST_HELD) {
      this.#held.set(thing, event);
    }
    return this.#suppressed === 1 ? "first" : "held";
  }

  /** When the minute of a storm is over: how many were not taken, and the last word on each thing. Then it begins anew. */
  over(now: number): { suppressed: number; last: Event[] } | undefined {
    if (this.#suppressed === 0 || now < this.#minuteEnds) {
      return undefined;
    }
    const storm = { suppressed: this.#suppressed - this.#held.size, last: [...this.#held.values()] };
    this.#minuteEnds = now + MINUTE;
    this.#passed = this.#held.size;
    this.#suppressed = 0;
    this.#held.clear();
    return storm;
  }

  /** Whether nothing of it needs to be remembered. */
  isIdle(now: number): boolean {
    return this.#suppressed === 0 && now >= this.#minuteEnds;
  }
}
