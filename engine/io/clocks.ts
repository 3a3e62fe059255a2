import { after, NEVER, type Instant, type Microseconds } from "@bilbycast/foundation/time";

/** CLOCK_MONOTONIC in whole microseconds: the same clock that the lanes read, for threads that have no arena. */
export const monotonicNow = (): Instant => {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1e6 + Math.floor(nanoseconds / 1_000)) as Instant;
};

/** Milliseconds since the epoch, for people: it may jump. */
export const wallClockMs = (): number => Date.now();

/** One callback on the event loop at a time: `set` replaces it, to the millisecond and never early. */
export class LoopTimer {
  readonly #run: () => void;
  #pending: NodeJS.Timeout | undefined;

  constructor(run: () => void) {
    this.#run = run;
  }

  set(at: Instant): void {
    clearTimeout(this.#pending);
    this.#pending = at === NEVER ? undefined : setTimeout(this.#run, Math.max(0, Math.ceil((at - monotonicNow()) / 1_000)));
  }

  /** As `set`, so long from now. */
  in(span: Microseconds): void {
    this.set(after(monotonicNow(), span));
  }

  close(): void {
    clearTimeout(this.#pending);
  }
}
