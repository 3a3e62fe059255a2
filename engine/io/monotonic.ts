import type { Instant } from "@bilbycast/foundation/time";

/** CLOCK_MONOTONIC in whole microseconds: the same clock that the lanes read, for threads that have no arena. */
export const monotonicNow = (): Instant => {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1e6 + Math.floor(nanoseconds / 1_000)) as Instant;
};
